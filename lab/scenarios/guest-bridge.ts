/** Bridges that filter VLANs. */
import type { Backend, Scenario } from '../scenario.ts';
import type { Change, Site, SiteNode } from '../site.ts';

const NFT: readonly Backend[] = ['nft'];
const needsKernel = 'bridge VLAN filtering';

const filtering = (nodes: readonly SiteNode[]): Change[] =>
  nodes.map((node) => ({ in: node, sh: 'ip link set cni0 type bridge vlan_filtering 1' }));

/** The client's port alone is in another VLAN than the bridge and its other ports. */
const moved = (site: Site, flags: string): Change => ({
  in: site.node('node-a'),
  sh: `bridge vlan del dev ${site.pod('client').veth} vid 1; bridge vlan add dev ${site.pod('client').veth} vid 20 ${flags}`,
});

const ROWS: readonly Pick<Scenario, 'name' | 'about' | 'change'>[] = [
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
    change: (site) => [
      ...filtering(site.nodes),
      { in: site.node('node-a'), sh: `bridge vlan add dev ${site.pod('client').veth} vid 1 pvid` },
    ],
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
