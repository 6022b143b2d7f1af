/** Routes: more specific, of another type, over several next hops, onlink, by the wrong gateway, or gone. */
import type { Place, Plausible } from '../plausible.ts';
import type { Mutation } from './mutation.ts';

export const TABLES = ['100', '101'] as const;

export const routes: Mutation = {
  name: 'route',
  weight: 10,
  make: (values) => {
    const place = values.place();
    return [{ in: values.nameOf(place), sh: `${values.site.ip} route ${route(values, place)}` }];
  },
};

/** The words after `ip route`. `table` puts it there. */
export function route(values: Plausible, place: Place, table?: string): string {
  const { random } = values;
  const to = random.chance(0.1) ? 'default' : values.block();
  const verb = random.weigh<string>([
    [5, 'add'],
    [5, 'replace'],
    [table === undefined ? 0.6 : 0, 'del'],
  ]);
  const where = table === undefined ? '' : ` table ${table}`;
  if (verb === 'del') return `del ${values.node().podCIDR}`;
  const metric = random.chance(0.1) ? ` metric ${random.pick([1, 50, 2000])}` : '';
  const src = random.chance(0.06) ? ` src ${place.ip}` : '';
  return random.weigh<() => string>([
    [8, () => `${verb} ${to} via ${gateway(values, place)}${src}${metric}${where}`],
    [2, () => `${verb} blackhole ${to}${metric}${where}`],
    [2, () => `${verb} unreachable ${to}${metric}${where}`],
    [2, () => `${verb} prohibit ${to}${metric}${where}`],
    [table === undefined ? 1 : 3, () => `${verb} throw ${to}${metric}${where}`],
    [2, () => `${verb} ${to} dev ${values.device(place)}${src}${metric}${where}`],
    [
      2,
      () =>
        `${verb} ${to}${where} nexthop via ${gateway(values, place)} weight ${1 + random.below(3)} nexthop via ${gateway(values, place)}`,
    ],
    [1, () => `${verb} ${to} via ${gateway(values, place)} dev ${values.device(place)} onlink${metric}${where}`],
    [0.5, () => `${verb} local ${to} dev lo${where}`],
  ])();
}

/** The right one, another that knows the way, or nobody. */
function gateway(values: Plausible, place: Place): string {
  const { random, site } = values;
  if (place.kind === 'pod')
    return random.weigh<() => string>([
      [
        6,
        () =>
          site.scenario.wiring === 'routed'
            ? site.pick('169.254.1.1', 'fe80::ecee:eeff:feee:eeee')
            : place.node.gateway,
      ],
      [2, () => values.pod().ip],
      [1, () => values.node().ip],
    ])();
  const others = site.nodes.filter((node) => node !== place);
  return random.weigh<() => string>([
    [others.length === 0 ? 0 : 8, () => random.pick(others).ip],
    [3, () => values.pod().ip],
    [1, () => values.nobody()],
    // "on the link" to IPv4; IPv6 refuses it
    [0.5, () => place.ip],
    [site.scenario.wiring === 'vxlan' ? 3 : 0, () => values.node().vtepIP],
    [0.1, () => site.outside.ip],
  ])();
}
