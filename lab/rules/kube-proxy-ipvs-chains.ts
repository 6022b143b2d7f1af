/** The iptables rules of kube-proxy in IPVS mode: what is masqueraded, let in and refused, by its sets. */
import type { Site } from '../site.ts';
import { setName, type IpvsSets } from './kube-proxy-ipvs.ts';
import type { Rules } from './ruleset.ts';

const MARK = '0x4000/0x4000';

/** `closed`: load balancer addresses that the node itself may not use. */
export function ipvsChains(
  site: Site,
  sets: IpvsSets,
  closed: readonly { readonly address: string; readonly protocol: string; readonly port: number }[],
): Rules[] {
  const match = (name: string, dimensions: string): string => `-m set --match-set ${setName(site, name)} ${dimensions}`;
  const ifFilled = (name: string, ...rules: string[]): string[] => (sets[name]!.length > 0 ? rules : []);
  const outsideOnly = (name: string): string[] => [
    `-A KUBE-SERVICES ${match(name, 'dst,dst')} -m physdev ! --physdev-is-in -m addrtype ! --src-type LOCAL -j ACCEPT`,
    `-A KUBE-SERVICES ${match(name, 'dst,dst')} -m addrtype --dst-type LOCAL -j ACCEPT`,
  ];
  const nodePort = (protocol: 'tcp' | 'udp'): string[] => {
    const [all, local] = [`KUBE-NODE-PORT-${protocol.toUpperCase()}`, `KUBE-NODE-PORT-LOCAL-${protocol.toUpperCase()}`];
    return [
      ...ifFilled(local, `-A KUBE-NODE-PORT -p ${protocol} ${match(local, 'dst')} -j RETURN`),
      ...ifFilled(all, `-A KUBE-NODE-PORT -p ${protocol} ${match(all, 'dst')} -j KUBE-MARK-MASQ`),
    ];
  };
  const fromOutside = site.scenario.masqueradeAll === true ? '' : ` ! -s ${site.clusterCIDR}`;
  return [
    {
      table: 'nat',
      chains: ['KUBE-LOAD-BALANCER', 'KUBE-MARK-MASQ', 'KUBE-NODE-PORT', 'KUBE-POSTROUTING', 'KUBE-SERVICES'],
      rules: [
        '-A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
        '-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
        '-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING',
        `-A KUBE-SERVICES -s ${site.pick('127.0.0.0/8', '::1/128')} -j RETURN`,
        ...ifFilled('KUBE-LOOP-BACK', `-A KUBE-POSTROUTING ${match('KUBE-LOOP-BACK', 'dst,dst,src')} -j MASQUERADE`),
        ...ifFilled(
          'KUBE-LOAD-BALANCER',
          `-A KUBE-SERVICES ${match('KUBE-LOAD-BALANCER', 'dst,dst')} -j KUBE-LOAD-BALANCER`,
        ),
        ...ifFilled(
          'KUBE-LOAD-BALANCER-LOCAL',
          `-A KUBE-LOAD-BALANCER ${match('KUBE-LOAD-BALANCER-LOCAL', 'dst,dst')} -j RETURN`,
        ),
        ...nodePort('tcp'),
        ...nodePort('udp'),
        ...ifFilled(
          'KUBE-CLUSTER-IP',
          `-A KUBE-SERVICES${fromOutside} ${match('KUBE-CLUSTER-IP', 'dst,dst')} -j KUBE-MARK-MASQ`,
        ),
        ...ifFilled(
          'KUBE-EXTERNAL-IP',
          `-A KUBE-SERVICES ${match('KUBE-EXTERNAL-IP', 'dst,dst')} -j KUBE-MARK-MASQ`,
          ...outsideOnly('KUBE-EXTERNAL-IP'),
        ),
        ...ifFilled('KUBE-EXTERNAL-IP-LOCAL', ...outsideOnly('KUBE-EXTERNAL-IP-LOCAL')),
        '-A KUBE-SERVICES -m addrtype --dst-type LOCAL -j KUBE-NODE-PORT',
        '-A KUBE-LOAD-BALANCER -j KUBE-MARK-MASQ',
        ...['KUBE-CLUSTER-IP', 'KUBE-LOAD-BALANCER'].flatMap((name) =>
          ifFilled(name, `-A KUBE-SERVICES ${match(name, 'dst,dst')} -j ACCEPT`),
        ),
        `-A KUBE-POSTROUTING -m mark ! --mark ${MARK} -j RETURN`,
        '-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0',
        '-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully',
        `-A KUBE-MARK-MASQ -j MARK --set-xmark ${MARK}`,
      ],
    },
    {
      table: 'filter',
      chains: [
        'KUBE-FORWARD',
        'KUBE-IPVS-FILTER',
        'KUBE-IPVS-OUT-FILTER',
        'KUBE-NODE-PORT',
        'KUBE-PROXY-FIREWALL',
        'KUBE-SOURCE-RANGES-FIREWALL',
      ],
      rules: [
        '-A INPUT -m comment --comment "kubernetes ipvs access filter" -j KUBE-IPVS-FILTER',
        '-A INPUT -m comment --comment "kube-proxy firewall rules" -j KUBE-PROXY-FIREWALL',
        '-A INPUT -m comment --comment "kubernetes health check rules" -j KUBE-NODE-PORT',
        '-A FORWARD -m comment --comment "kube-proxy firewall rules" -j KUBE-PROXY-FIREWALL',
        '-A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD',
        '-A OUTPUT -m comment --comment "kubernetes ipvs access filter" -j KUBE-IPVS-OUT-FILTER',
        ...ifFilled(
          'KUBE-LOAD-BALANCER-FW',
          `-A KUBE-PROXY-FIREWALL ${match('KUBE-LOAD-BALANCER-FW', 'dst,dst')} -j KUBE-SOURCE-RANGES-FIREWALL`,
        ),
        ...['KUBE-LOAD-BALANCER-SOURCE-CIDR', 'KUBE-LOAD-BALANCER-SOURCE-IP'].flatMap((name) =>
          ifFilled(name, `-A KUBE-SOURCE-RANGES-FIREWALL ${match(name, 'dst,dst,src')} -j RETURN`),
        ),
        '-A KUBE-SOURCE-RANGES-FIREWALL -j DROP',
        ...closed.map(
          ({ address, protocol, port }) =>
            `-A KUBE-IPVS-OUT-FILTER -s ${address} -m ipvs --vaddr ${address} --vproto ${protocol} --vport ${port} -j DROP`,
        ),
        `-A KUBE-FORWARD -m comment --comment "kubernetes forwarding rules" -m mark --mark ${MARK} -j ACCEPT`,
        '-A KUBE-FORWARD -m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
        `-A KUBE-NODE-PORT ${match('KUBE-HEALTH-CHECK-NODE-PORT', 'dst')} -j ACCEPT`,
        ...['KUBE-LOAD-BALANCER', 'KUBE-CLUSTER-IP', 'KUBE-EXTERNAL-IP', 'KUBE-EXTERNAL-IP-LOCAL'].map(
          (name) => `-A KUBE-IPVS-FILTER ${match(name, 'dst,dst')} -j RETURN`,
        ),
        `-A KUBE-IPVS-FILTER ${match('KUBE-HEALTH-CHECK-NODE-PORT', 'dst')} -j RETURN`,
        `-A KUBE-IPVS-FILTER -m conntrack --ctstate NEW ${match('KUBE-IPVS-IPS', 'dst')} -j REJECT`,
      ],
    },
  ];
}
