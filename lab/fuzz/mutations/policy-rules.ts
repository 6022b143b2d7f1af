/** Policy rules, with a table of their own where they look one up. */
import type { Place, Plausible } from '../plausible.ts';
import type { Mutation } from './mutation.ts';
import { route, TABLES } from './routes.ts';

export const policyRules: Mutation = {
  name: 'policy-rule',
  weight: 9,
  make: (values) => {
    const { random, site } = values;
    const place = values.place();
    const name = values.nameOf(place);
    const table = random.pick(TABLES);
    const own = Array.from({ length: 1 + random.below(3) }, () => ({
      in: name,
      sh: `${site.ip} route ${route(values, place, table)}`,
    }));
    const action = random.weigh<string>([
      [8, `lookup ${table}`],
      [2, 'lookup main'],
      [0.5, 'lookup local'],
      [2, 'lookup main suppress_prefixlength 0'],
      [1, `lookup main suppress_prefixlength ${site.pick('24', '64')}`],
      [1, `lookup ${table} suppress_prefixlength 0`],
      [0.7, 'blackhole'],
      [0.7, 'unreachable'],
      [0.7, 'prohibit'],
      [0.7, 'goto 32766'],
    ]);
    const pref = random.pick([10, 50, 100, 100, 200, 1000, 32766, 32800]);
    const rule = { in: name, sh: `${site.ip} rule add ${selectors(values, place)} pref ${pref} ${action}` };
    return action.includes(table) ? [...own, rule] : [rule];
  },
};

function selectors(values: Plausible, place: Place): string {
  const { random, site } = values;
  const protocol = random.pick(['tcp', 'udp', site.pick('icmp', 'ipv6-icmp')]);
  const kinds: readonly (readonly [number, () => string])[] = [
    [4, () => `from ${values.block()}`],
    [4, () => `to ${values.block()}`],
    [3, () => `iif ${values.device(place)}`],
    [1, () => `oif ${values.device(place)}`],
    [3, () => `fwmark ${values.mark()}`],
    [1, () => `ipproto ${protocol}`],
    [1, () => `ipproto tcp dport ${values.port()}`],
    [0.5, () => `ipproto udp sport ${values.port()}`],
    [0.5, () => `tos ${random.pick(['0x10', '0x08'])}`],
  ];
  const chosen = random.some(kinds, 1 + random.below(2.4)).map(([, make]) => make());
  const words = chosen.filter(
    (word, place) => !word.startsWith('ipproto') || chosen.findIndex((one) => one.startsWith('ipproto')) === place,
  );
  return `${random.chance(0.1) ? 'not ' : ''}${words.join(' ')}`;
}
