/** Bridges that filter VLANs. */
import type { Backend, Scenario } from '../scenario.ts';
import type { Change, Site, SiteNode, SitePod } from '../site.ts';

const NFT: readonly Backend[] = ['nft'];
const needsKernel = 'bridge VLAN filtering';

const filtering = (nodes: readonly SiteNode[]): Change[] =>
  nodes.map((node) => ({ in: node, sh: 'ip link set cni0 type bridge vlan_filtering 1' }));

/** The client's port alone is in another VLAN than the bridge and its other ports. */
const moved = (site: Site, flags: string): Change => ({
  in: site.node('node-a'),
  sh: `bridge vlan del dev ${site.pod('client').veth} vid 1; bridge vlan add dev ${site.pod('client').veth} vid 20 ${flags}`,
});

const taggedOut = (site: Site): Change => ({
  in: site.node('node-a'),
  sh: `bridge vlan add dev ${site.pod('client').veth} vid 1 pvid`,
});

function knows(site: Site, where: SitePod | SiteNode, [ip, mac]: readonly [string, string]): Change {
  const dev = where.kind === 'pod' ? 'eth0' : 'cni0';
  return { in: where, sh: `${site.ip} neigh replace ${ip} lladdr ${mac} dev ${dev} nud permanent` };
}

/** A question of the client's teaches its MAC address to whoever answers: then the order of the probes would decide. */
const notTo =
  (name: string): NonNullable<Scenario['select']> =>
  (probes, site) =>
    probes.filter(({ probe }) => probe.to !== site.pod(name).ip);

const ROWS: readonly Pick<Scenario, 'name' | 'about' | 'change' | 'select'>[] = [
  {
    name: 'vlan-filtering',
    about: 'all ports are in the default VLAN',
    change: (site) => filtering(site.nodes),
  },
  {
    name: 'vlan-filtering-other-vlan',
    about: "the client's port is in a VLAN of its own, untagged",
    change: (site) => [...filtering(site.nodes), moved(site, 'pvid untagged')],
  },
  {
    name: 'vlan-filtering-no-pvid',
    about: "the client's port takes no untagged frames",
    change: (site) => [
      ...filtering(site.nodes),
      { in: site.node('node-a'), sh: `bridge vlan add dev ${site.pod('client').veth} vid 1 untagged` },
    ],
  },
  {
    name: 'vlan-filtering-tagged-egress',
    about: "the client's pod gets its frames with a tag that it has no device for",
    change: (site) => [...filtering(site.nodes), taggedOut(site)],
    select: notTo('client'),
  },
  {
    name: 'vlan-filtering-tagged-egress-known',
    about: 'the same, and the pod and its node know the MAC address of the other',
    change: (site) => [
      ...filtering(site.nodes),
      taggedOut(site),
      knows(site, site.pod('client'), [site.node('node-a').gateway, site.node('node-a').bridgeMac]),
      knows(site, site.node('node-a'), [site.pod('client').ip, site.pod('client').mac]),
    ],
    select: (probes, site) =>
      notTo('client')(probes, site).concat(
        probes.filter(
          ({ probe }) => ['node-a', 'node-b', 'outside'].includes(probe.from) && probe.to === site.pod('client').ip,
        ),
      ),
  },
  {
    name: 'vlan-filtering-bridge-not-member',
    about: 'the bridge itself is not in the VLAN of its ports: pods reach each other, not the node',
    change: (site) => [
      ...filtering(site.nodes),
      { in: site.node('node-a'), sh: 'bridge vlan del dev cni0 vid 1 self' },
    ],
  },
];

export const GUEST_BRIDGE: readonly Scenario[] = ROWS.map((row) => ({
  ...row,
  wiring: 'host-gw',
  backends: NFT,
  needsKernel,
}));
