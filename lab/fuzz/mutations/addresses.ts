/** Addresses that are somewhere else as well, or gone. */
import type { Mutation } from './mutation.ts';

export const addresses: Mutation = {
  name: 'address',
  weight: 2,
  make: (values) => {
    const { random, site } = values;
    const place = values.place();
    // on one link two answer for one address, and whoever is first decides: so on lo only, and most of them silent
    const silence = site.family === 4 && random.chance(0.8) ? 'echo 1 > /proc/sys/net/ipv4/conf/all/arp_ignore; ' : '';
    const words = random.weigh<() => string>([
      [4, () => `add ${values.ip()}/${site.bits} dev lo`],
      [
        2,
        () =>
          `add ${site.pick('10.99.0', 'fd99:')}${site.pick(`.${1 + random.below(9)}`, `:${1 + random.below(9)}`)}/${site.bits} dev ${values.device(place)}`,
      ],
      [
        1,
        () =>
          `del ${place.ip}/${place.kind === 'pod' && site.scenario.wiring === 'routed' ? site.bits : site.pick('24', '64')} dev eth0`,
      ],
    ])();
    const isOnLo = words.endsWith(' dev lo');
    return [{ in: values.nameOf(place), sh: `${isOnLo ? silence : ''}${site.ip} addr ${words}` }];
  },
};
