/** Permanent neighbour, bridge and tunnel entries: the right one, another's, nobody's. */
import type { Mutation } from './mutation.ts';

export const neighbours: Mutation = {
  name: 'neighbour',
  weight: 3,
  make: (values) => {
    const { random, site } = values;
    const place = values.place();
    const name = values.nameOf(place);
    const isBridged = site.scenario.wiring !== 'routed';
    const neighbour = (): string => {
      const [ip, device] =
        place.kind === 'pod'
          ? [random.chance(0.6) ? place.node.gateway : values.pod().ip, 'eth0']
          : random.chance(0.5)
            ? [values.pod().ip, values.device(place)]
            : [values.node().ip, 'eth0'];
      return random.weigh([
        [5, `${site.ip} neigh replace ${ip} lladdr ${values.mac()} dev ${device} nud permanent`],
        [1, `${site.ip} neigh replace ${ip} dev ${device} nud noarp lladdr ${values.mac()}`],
        [1, `${site.ip} neigh add proxy ${values.ip()} dev ${device}`],
      ]);
    };
    if (place.kind === 'pod') return [{ in: name, sh: neighbour() }];
    const ports = site.pods.filter((pod) => pod.node === place).map((pod) => pod.veth);
    const others = site.nodes.filter((node) => node !== place);
    return [
      {
        in: name,
        sh: random.weigh<() => string>([
          [4, neighbour],
          [
            isBridged && ports.length > 0 ? 3 : 0,
            () => `bridge fdb replace ${values.mac()} dev ${random.pick(ports)} master static sticky`,
          ],
          [
            isBridged && ports.length > 0 ? 1 : 0,
            () =>
              `ip link set ${random.pick(ports)} type bridge_slave ${random.pick(['hairpin off', 'isolated on', 'learning off', 'flood off'])}`,
          ],
          [
            site.scenario.wiring === 'vxlan' && others.length > 0 ? 4 : 0,
            () =>
              `bridge fdb replace ${random.pick(others).vtepMac} dev ${site.vtep} dst ${random.pick(others).ip} self permanent`,
          ],
        ])(),
      },
    ];
  },
};
