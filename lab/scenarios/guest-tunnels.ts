/** Tunnels of bare IP packets between the nodes, and a device that forgets what it is given. */
import type { Backend, Scenario } from '../scenario.ts';
import type { Change, Site, SiteNode } from '../site.ts';

const NFT: readonly Backend[] = ['nft'];

interface TunnelRow {
  /** As `ip link add … type` has it. */
  readonly type: string;
  readonly family: 4 | 6;
  readonly outer: 4 | 6;
  /** As iptables has it. */
  readonly protocol: string;
}

const TUNNELS: readonly TunnelRow[] = [
  { type: 'ipip', family: 4, outer: 4, protocol: '4' },
  { type: 'gre', family: 4, outer: 4, protocol: '47' },
  { type: 'ip6tnl mode ipip6', family: 4, outer: 6, protocol: '4' },
  { type: 'ip6tnl mode ip6ip6', family: 6, outer: 6, protocol: '41' },
  { type: 'ip6gre', family: 6, outer: 6, protocol: '47' },
  { type: 'sit', family: 6, outer: 4, protocol: '41' },
];

/** The node's address of the outer packet: its own one, or one more of the other family. */
function outerAddress(site: Site, node: SiteNode, outer: 4 | 6): string {
  if (outer === site.family) return node.ip;
  return outer === 4 ? `192.168.79.${11 + node.index}` : `fd00:79::${11 + node.index}`;
}

function tunnel(site: Site, { type, outer }: TunnelRow): Change[] {
  return site.nodes.map((node) => {
    const other = site.nodes.find((each) => each !== node)!;
    const own = outerAddress(site, node, outer);
    const address = outer === site.family ? '' : `ip addr add ${own}/${outer === 4 ? 24 : 64} dev eth0; `;
    return {
      in: node,
      sh: `${address}ip link add tunnel type ${type} local ${own} remote ${outerAddress(site, other, outer)}; ip link set tunnel up; ${site.ip} route replace ${other.podCIDR} dev tunnel`,
    };
  });
}

const nameOf = ({ type }: TunnelRow): string => type.replaceAll(' mode ', '-');

export const GUEST_TUNNELS: readonly Scenario[] = [
  ...TUNNELS.flatMap((row): Scenario[] => [
    {
      name: `tunnel-${nameOf(row)}`,
      about: `${row.type} between the nodes carries the pods' packets`,
      wiring: 'host-gw',
      families: [row.family],
      backends: NFT,
      needsKernel: row.type,
      change: (site) => tunnel(site, row),
    },
    {
      name: `tunnel-${nameOf(row)}-firewalled`,
      about: `the other node drops packets of ${row.type}`,
      wiring: 'host-gw',
      families: [row.family],
      backends: NFT,
      needsKernel: row.type,
      change: (site) => [
        ...tunnel(site, row),
        {
          in: site.node('node-b'),
          sh: `${row.outer === 4 ? 'iptables-nft' : 'ip6tables-nft'} -I INPUT -p ${row.protocol} -j DROP`,
        },
      ],
    },
  ]),
  {
    name: 'tunnel-ipip-by-route',
    about: 'one ipip device without remote: the next hop of the route is the other end, as calico does',
    wiring: 'host-gw',
    families: [4],
    backends: NFT,
    needsKernel: 'ipip',
    change: (site) =>
      site.nodes.map((node) => ({
        in: node,
        sh: `ip link set tunl0 up; ip addr add ${node.vtepIP}/32 dev tunl0; ${site.nodes
          .filter((other) => other !== node)
          .map((other) => `ip route replace ${other.podCIDR} via ${other.ip} dev tunl0 onlink`)
          .join('; ')}`,
      })),
  },
  {
    name: 'dummy-route',
    about: "the other node's pods are routed to a dummy device",
    wiring: 'host-gw',
    backends: NFT,
    needsKernel: 'dummy',
    change: (site) => [
      {
        in: site.node('node-a'),
        sh: `ip link add idle type dummy; ip link set idle up; ${site.ip} route replace ${site.node('node-b').podCIDR} dev idle`,
      },
    ],
  },
  {
    name: 'dummy-address',
    about: 'a node has an address of its own on a dummy device, as kube-proxy has services on kube-ipvs0',
    wiring: 'host-gw',
    backends: NFT,
    needsKernel: 'dummy',
    change: (site) => [
      {
        in: site.node('node-a'),
        sh: `ip link add idle type dummy; ip link set idle up; ip addr add ${site.service('api').clusterIP}/${site.bits} dev idle`,
      },
    ],
  },
];
