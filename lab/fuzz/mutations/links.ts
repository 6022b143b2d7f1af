/** Devices that are down, smaller, answer no question, or are there in vain. */
import type { Mutation } from './mutation.ts';

export const links: Mutation = {
  name: 'link',
  weight: 2,
  make: (values) => {
    const { random, site } = values;
    const place = values.place();
    const device = values.device(place);
    const words = random.weigh<() => string>([
      [2, () => `set ${device} down`],
      [3, () => `set ${device} mtu ${random.pick([1280, 1400, 1450, 1500])}`],
      [1, () => `set ${device} arp off`],
      [1, () => `add dummy0 type dummy; ip link set dummy0 up; ${site.ip} route add ${values.block()} dev dummy0`],
      [1, () => `add sub0 link eth0 type macvlan mode ${random.pick(['bridge', 'private'])}; ip link set sub0 up`],
    ])();
    return [{ in: values.nameOf(place), sh: `ip link ${words}` }];
  },
};
