/** Tunnels of bare IP packets between the nodes, and a device that forgets what it is given. */
import { createPrivateKey, createPublicKey } from 'node:crypto';
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

/** A private key of X25519 as PKCS#8 has it: this, and its 32 bytes. */
const PKCS8_X25519 = Buffer.from('302e020100300506032b656e04220420', 'hex');

function keysOf(seed: number): { readonly own: string; readonly known: string } {
  const bytes = Buffer.alloc(32, seed);
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_X25519, bytes]), format: 'der', type: 'pkcs8' });
  const known = Buffer.from(createPublicKey(key).export({ format: 'jwk' }).x!, 'base64url').toString('base64');
  return { own: bytes.toString('base64'), known };
}

const KEY_SEED = 11;

interface WireguardRow {
  /** What a node allows its peer. */
  readonly allowed?: (node: SiteNode, peer: SiteNode) => string;
  /** Whose key a node takes for its peer's. */
  readonly seed?: (peer: SiteNode) => number;
  readonly options?: string;
  readonly port?: (peer: SiteNode) => number;
  readonly hasEndpoint?: (node: SiteNode) => boolean;
}

const WIREGUARD_PORT = 51820;

/** Traffic between the pods of two nodes goes through WireGuard, as flannel, calico and cilium can have it. */
function wireguard(site: Site, row: WireguardRow = {}): Change[] {
  return site.nodes.map((node) => {
    const peer = site.nodes.find((each) => each !== node)!;
    const bracketed = site.pick(peer.ip, `[${peer.ip}]`);
    const allowed = row.allowed?.(node, peer) ?? `${peer.podCIDR},${peer.ip}/${site.bits}`;
    const endpoint =
      row.hasEndpoint?.(node) === false ? '' : ` endpoint ${bracketed}:${row.port?.(peer) ?? WIREGUARD_PORT}`;
    return {
      in: node,
      sh: [
        'ip link add wg0 type wireguard',
        `echo ${keysOf(KEY_SEED + node.index).own} >/run/wg-key`,
        `wg set wg0 private-key /run/wg-key listen-port ${WIREGUARD_PORT} ${row.options ?? ''} peer ${keysOf(row.seed?.(peer) ?? KEY_SEED + peer.index).known} allowed-ips ${allowed}${endpoint}`,
        'ip link set wg0 up',
        `ip addr add ${node.gateway}/${site.bits} dev wg0`,
        `${site.ip} route replace ${peer.podCIDR} dev wg0`,
      ].join('; '),
    };
  });
}

const onB = (node: SiteNode): boolean => node.name === 'node-b';

const WIREGUARD: readonly Pick<Scenario, 'name' | 'about' | 'change'>[] = [
  { name: 'wireguard', about: 'WireGuard between the nodes', change: (site) => wireguard(site) },
  {
    name: 'wireguard-not-allowed',
    about: "one node does not allow the other the pods' addresses, so that it neither sends nor takes them",
    change: (site) =>
      wireguard(site, {
        allowed: (node, peer) => (onB(node) ? `${peer.ip}/${site.bits}` : `${peer.podCIDR},${peer.ip}/${site.bits}`),
      }),
  },
  {
    name: 'wireguard-other-key',
    about: 'one node knows a key of the other that is not its own',
    change: (site) => wireguard(site, { seed: (peer) => KEY_SEED + peer.index + (onB(peer) ? 50 : 0) }),
  },
  {
    name: 'wireguard-without-endpoint',
    about: 'neither node knows where the other is',
    change: (site) => wireguard(site, { hasEndpoint: () => false }),
  },
  {
    name: 'wireguard-firewalled',
    about: "one node drops the other's packets before they are decrypted",
    change: (site) => [
      ...wireguard(site),
      { in: site.node('node-b'), sh: `${site.iptables} -I INPUT -p udp --dport ${WIREGUARD_PORT} -j DROP` },
    ],
  },
];

interface GeneveRow {
  readonly id?: (node: SiteNode) => number;
  readonly remote?: (site: Site, node: SiteNode, peer: SiteNode) => string;
  readonly options?: string;
}

const geneveMac = (node: SiteNode): string => `0a:00:00:00:01:0${node.index}`;

/** The nodes' pod networks are joined by one geneve device a node, wired as flannel wires its vxlan one. */
function geneve(
  site: Site,
  { id = () => 7, remote = (_, __, peer) => peer.ip, options = '' }: GeneveRow = {},
): Change[] {
  return site.nodes.map((node) => {
    const peer = site.nodes.find((each) => each !== node)!;
    return {
      in: node,
      sh: [
        `ip link add gen0 address ${geneveMac(node)} type geneve id ${id(node)} remote ${remote(site, node, peer)} ${options}`,
        'ip link set gen0 up',
        `ip addr add ${node.vtepIP}/${site.bits} dev gen0`,
        `ip neigh add ${peer.vtepIP} lladdr ${geneveMac(peer)} dev gen0 nud permanent`,
        // IPv6 does not take a gateway that a route leads to by another device
        `${site.ip} route del ${peer.podCIDR}; ${site.ip} route add ${peer.podCIDR} via ${peer.vtepIP} dev gen0 onlink`,
      ].join('; '),
    };
  });
}

const GENEVE: readonly Pick<Scenario, 'name' | 'about' | 'change'>[] = [
  { name: 'geneve', about: 'geneve between the nodes', change: (site) => geneve(site) },
  {
    name: 'geneve-other-number',
    about: 'one node has another VNI',
    change: (site) => geneve(site, { id: (node) => (onB(node) ? 8 : 7) }),
  },
  {
    name: 'geneve-other-remote',
    about: 'one node takes tunnel packets of a third host alone',
    change: (site) => geneve(site, { remote: (_, node, peer) => (onB(node) ? site.outside.ip : peer.ip) }),
  },
  {
    name: 'geneve-other-port',
    about: 'the other node listens on another port',
    change: (site) => [
      ...geneve(site),
      {
        in: site.node('node-b'),
        sh: `ip link set gen0 down; ip link del gen0; ${site.ip} route add ${site.node('node-a').podCIDR} dev lo; ${geneve(site, { options: 'dstport 6082' })[1]!.sh}`,
      },
    ],
  },
  {
    name: 'geneve-firewalled',
    about: 'one node drops tunnel packets',
    change: (site) => [
      ...geneve(site),
      { in: site.node('node-b'), sh: `${site.iptables} -I INPUT -p udp --dport 6081 -j DROP` },
    ],
  },
  {
    name: 'geneve-circular',
    about: "one node's way to the other end leads into the tunnel itself",
    change: (site) => [
      ...geneve(site),
      {
        in: site.node('node-b'),
        sh: `${site.ip} route add ${site.node('node-a').ip}/${site.bits} dev gen0`,
      },
    ],
  },
];

const tunnelRows = (row: TunnelRow): readonly Pick<Scenario, 'name' | 'about' | 'change'>[] => [
  {
    name: `tunnel-${nameOf(row)}`,
    about: `${row.type} between the nodes carries the pods' packets`,
    change: (site) => tunnel(site, row),
  },
  {
    name: `tunnel-${nameOf(row)}-firewalled`,
    about: `the other node drops packets of ${row.type}`,
    change: (site) => [
      ...tunnel(site, row),
      {
        in: site.node('node-b'),
        sh: `${row.outer === 4 ? 'iptables-nft' : 'ip6tables-nft'} -I INPUT -p ${row.protocol} -j DROP`,
      },
    ],
  },
  {
    name: `tunnel-${nameOf(row)}-circular`,
    about: "one node's way to the other end leads into the tunnel itself",
    change: (site) => [
      ...tunnel(site, row),
      {
        in: site.node('node-b'),
        sh: `ip -${row.outer} route add ${outerAddress(site, site.node('node-a'), row.outer)} dev tunnel`,
      },
    ],
  },
];

export const GUEST_TUNNELS: readonly Scenario[] = [
  ...GENEVE.map((row): Scenario => ({ ...row, wiring: 'host-gw', backends: NFT, needsKernel: 'geneve' })),
  ...WIREGUARD.map((row): Scenario => ({ ...row, wiring: 'host-gw', backends: NFT, needsKernel: 'wireguard' })),
  ...TUNNELS.flatMap((row) =>
    tunnelRows(row).map((scenario): Scenario => ({
      ...scenario,
      wiring: 'host-gw',
      families: [row.family],
      backends: NFT,
      needsKernel: row.type,
    })),
  ),
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
