/** What becomes of packets that are larger than some place on their way takes. */
import type { Backend, Scenario } from '../scenario.ts';
import type { Change, Site, SiteNode } from '../site.ts';

const NFT: readonly Backend[] = ['nft'];

/** No news of what is too large leaves the node. */
const silent = (site: Site, node: SiteNode): Change => ({
  in: node,
  sh: `${site.iptables} -I OUTPUT -p ${site.pick('icmp --icmp-type fragmentation-needed', 'icmpv6 --icmpv6-type packet-too-big')} -j DROP`,
});
/** Packets from one node to the pods of the other must be smaller. */
function narrow(site: Site, from: string, to: string): Change {
  const other = site.node(to);
  return {
    in: site.node(from),
    sh: `${site.ip} route replace ${other.podCIDR} via ${other.ip} dev eth0 mtu 1400`,
  };
}

/** The senders are not told, and a rule has made what their SYNs say smaller. */
const clamped = (site: Site, how: string): readonly Change[] => [
  narrow(site, 'node-a', 'node-b'),
  silent(site, site.node('node-a')),
  {
    in: site.node('node-a'),
    sh: `${site.iptables} -t mangle -I FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS ${how}`,
  },
];

/** Small packets come through everywhere; what becomes of large ones is what the rows are about. */
export const MTU: readonly Scenario[] = (
  [
    {
      name: 'mtu-narrow-route',
      about: 'one way carries less than the pods send, and the senders are told',
      wiring: 'host-gw',
      change: (site) => [narrow(site, 'node-a', 'node-b')],
    },
    {
      name: 'mtu-narrow-route-silent',
      about: 'the senders are not told',
      wiring: 'host-gw',
      change: (site) => [narrow(site, 'node-a', 'node-b'), silent(site, site.node('node-a'))],
    },
    {
      name: 'mtu-narrow-route-not-heard',
      about: 'the sender is told, and does not listen',
      wiring: 'host-gw',
      change: (site) => [
        narrow(site, 'node-a', 'node-b'),
        {
          in: site.pod('client'),
          sh: `${site.iptables} -I INPUT -p ${site.pick('icmp', 'icmpv6')} ${site.pick('--icmp-type fragmentation-needed', '--icmpv6-type packet-too-big')} -j DROP`,
        },
      ],
    },
    {
      name: 'mtu-clamped',
      about: 'the senders are not told, but a rule has made their segments small',
      wiring: 'host-gw',
      change: (site) => clamped(site, '--set-mss 1200'),
    },
    {
      name: 'mtu-clamped-to-path',
      about: 'the same rule as networks are told to have it, which asks the routes what fits',
      wiring: 'host-gw',
      change: (site) => clamped(site, '--clamp-mss-to-pmtu'),
    },
    {
      name: 'mtu-clamped-too-little',
      about: 'the rule still lets the segments be larger than what fits',
      wiring: 'host-gw',
      change: (site) => clamped(site, '--set-mss 1430'),
    },
    {
      name: 'mtu-advertised-by-route',
      about: "a pod's route makes it say that it takes less, and a rule drops who says so",
      wiring: 'host-gw',
      change: (site) => [
        {
          in: site.pod('client'),
          sh: `${site.ip} route replace default via ${site.node('node-a').gateway} advmss 1300`,
        },
        {
          in: site.node('node-b'),
          sh: `${site.iptables} -I FORWARD -s ${site.pod('client').host} -p tcp --syn -m tcpmss --mss 1300 -j DROP`,
        },
      ],
    },
    {
      name: 'mtu-tunnel-too-large',
      about: 'the network between the nodes carries less than the tunnel believes: its packets go in pieces',
      wiring: 'vxlan',
      change: (site) => shrunken(site, 'df unset'),
    },
    {
      name: 'mtu-tunnel-uncut',
      about: 'the same, and the tunnel forbids the pieces: what is large is lost',
      wiring: 'vxlan',
      families: [4],
      change: (site) => shrunken(site, 'df set'),
    },
  ] satisfies readonly Omit<Scenario, 'backends'>[]
).map((row) => ({ ...row, backends: NFT, hasLargeProbes: true }));

/** The network between the nodes carries less than it did when the tunnel was made. */
function shrunken(site: Site, option: string): Change[] {
  return site.nodes.map((node) => ({
    in: node,
    sh: `ip link set eth0 mtu 1400; ip link set ${site.vtep} type vxlan ${option}`,
  }));
}
