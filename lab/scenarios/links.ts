/** Bridges, their ports and tables, neighbours, tunnels, MTU. */
import type { Backend, Scenario } from '../scenario.ts';

const NFT: readonly Backend[] = ['nft'];
const LEGACY: readonly Backend[] = ['legacy'];
const NOBODY_MAC = '02:de:ad:00:00:01';

/** One layer-2 link through the bridges of all nodes: the uplink is a port like those of the pods. */
const FLAT: readonly Scenario[] = [
  {
    name: 'flat-uplink-not-in-bridge',
    about: "the other node's uplink is not a port of its bridge",
    wiring: 'flat',
    backends: NFT,
    change: (site) => [{ in: site.node('node-b'), sh: 'ip link set eth0 nomaster' }],
  },
  {
    name: 'flat-uplink-down',
    about: "the uplink's port is down: the pods of one node still reach each other",
    wiring: 'flat',
    backends: LEGACY,
    change: (site) => [{ in: site.node('node-b'), sh: 'ip link set eth0 down' }],
  },
  {
    name: 'flat-isolated-uplink',
    about: 'the uplink and one pod are isolated ports: that pod is cut off from the other nodes',
    wiring: 'flat',
    backends: NFT,
    change: (site) =>
      ['eth0', site.pod('client').veth].map((port) => ({
        in: site.node('node-a'),
        sh: `bridge link set dev ${port} isolated on`,
      })),
  },
  {
    name: 'flat-bridge-netfilter-off',
    about: "what is bridged passes no node's rules",
    wiring: 'flat',
    backends: LEGACY,
    change: (site) =>
      site.nodes.map((node) => ({
        in: node,
        sh: 'echo 0 > /proc/sys/net/bridge/bridge-nf-call-iptables; echo 0 > /proc/sys/net/bridge/bridge-nf-call-ip6tables',
      })),
  },
  {
    name: 'flat-drop-bridged',
    about: 'a rule of the other node drops what its bridge takes from the uplink',
    pairing: 'diagonal',
    wiring: 'flat',
    change: (site) => [
      { in: site.node('node-b'), sh: `${site.iptables} -I FORWARD -m physdev --physdev-in eth0 -p tcp -j DROP` },
    ],
  },
  {
    name: 'flat-sticky-fdb',
    about: "one bridge holds the MAC of the other node's pod at a pod of its own",
    collect: 'after',
    wiring: 'flat',
    backends: NFT,
    change: (site) => [
      {
        in: site.node('node-a'),
        sh: `bridge fdb replace ${site.pod('api-2').mac} dev ${site.pod('client').veth} master static sticky`,
      },
    ],
  },
  {
    name: 'flat-stale-neighbour',
    about: "a pod holds a dead MAC for the other node's pod",
    collect: 'after',
    wiring: 'flat',
    backends: LEGACY,
    change: (site) => [
      {
        in: site.pod('client'),
        sh: `${site.ip} neigh replace ${site.pod('api-2').ip} lladdr ${NOBODY_MAC} dev eth0 nud permanent`,
      },
    ],
  },
  {
    name: 'flat-neighbour-silent',
    about: "the other node's pod answers no address resolution",
    wiring: 'flat',
    backends: NFT,
    change: (site) => [{ in: site.pod('api-2'), sh: 'ip link set eth0 arp off' }],
  },
  {
    name: 'flat-narrow-prefix',
    about: "a pod takes only its node's addresses for its link and sends the rest to the gateway",
    wiring: 'flat',
    backends: LEGACY,
    change: (site) => [
      {
        in: site.pod('client'),
        sh: `${site.ip} addr flush dev eth0 scope global; ${site.ip} addr add ${site.pod('client').ip}/${site.pick('24', '64')} dev eth0; ${site.ip} route replace default via ${site.node('node-a').gateway}`,
      },
    ],
  },
];

export const LINKS: readonly Scenario[] = [
  {
    name: 'veth-down',
    about: "the node's side of the server's veth is down",
    wiring: 'host-gw',
    backends: NFT,
    change: (site) => [{ in: site.pod('api-2').node, sh: `ip link set ${site.pod('api-2').veth} down` }],
  },
  {
    name: 'pod-link-down',
    about: "eth0 of the client's pod is down",
    wiring: 'vxlan',
    backends: NFT,
    change: (site) => [{ in: site.pod('client'), sh: 'ip link set eth0 down' }],
  },
  {
    name: 'bridge-down',
    about: 'the pod bridge of the other node is down',
    wiring: 'host-gw',
    backends: LEGACY,
    change: (site) => [{ in: site.node('node-b'), sh: 'ip link set cni0 down' }],
  },
  {
    name: 'uplink-down',
    about: 'the other node is off the network',
    wiring: 'bridge',
    backends: NFT,
    change: (site) => [{ in: site.node('node-b'), sh: 'ip link set eth0 down' }],
  },
  {
    name: 'bridge-port-blocking-not-kept',
    about: 'without STP a port that is set to blocking goes on forwarding',
    wiring: 'host-gw',
    backends: NFT,
    change: (site) => [{ in: site.node('node-a'), sh: `bridge link set dev ${site.pod('api-1').veth} state 4` }],
  },
  {
    name: 'bridge-port-listening',
    about: "STP is on and the server's port is not forwarding yet",
    wiring: 'host-gw',
    backends: NFT,
    change: (site) => [
      {
        in: site.node('node-a'),
        sh: `ip link set cni0 type bridge stp_state 1 forward_delay 3000; ip link set ${site.pod('api-1').veth} nomaster; ip link set ${site.pod('api-1').veth} master cni0`,
      },
    ],
  },
  {
    name: 'bridge-port-not-in-bridge',
    about: "the server's veth is not in the bridge",
    wiring: 'vxlan',
    backends: NFT,
    change: (site) => [{ in: site.node('node-b'), sh: `ip link set ${site.pod('api-2').veth} nomaster` }],
  },
  {
    name: 'isolated-ports',
    about: 'two isolated ports do not reach each other, but the node and others',
    wiring: 'host-gw',
    backends: NFT,
    change: (site) =>
      ['client', 'api-1'].map((name) => ({
        in: site.node('node-a'),
        sh: `bridge link set dev ${site.pod(name).veth} isolated on`,
      })),
  },
  ...(['cni0', 'all'] as const).map((device): Scenario => ({
    name: `private-vlan-by-${device}`,
    about: 'two isolated ports reach each other by the node, which answers for one to the other (proxy_arp_pvlan)',
    wiring: 'host-gw',
    backends: NFT,
    families: [4],
    change: (site) => [
      ...['client', 'api-1'].map((name) => ({
        in: site.node('node-a'),
        sh: `bridge link set dev ${site.pod(name).veth} isolated on`,
      })),
      // A proxy answers up to 0.8 s later, and the laboratory's askers give up after 0.2 s.
      { in: site.node('node-a'), sh: 'echo 0 > /proc/sys/net/ipv4/neigh/cni0/proxy_delay' },
      { in: site.node('node-a'), sh: `echo 1 > /proc/sys/net/ipv4/conf/${device}/proxy_arp_pvlan` },
    ],
  })),
  {
    name: 'private-vlan-without-isolation',
    about:
      'the node answers for pods that answer for themselves: whose answer comes last is not known, and both ways lead there',
    wiring: 'host-gw',
    backends: LEGACY,
    families: [4],
    change: (site) => [
      {
        in: site.node('node-a'),
        sh: 'echo 0 > /proc/sys/net/ipv4/neigh/cni0/proxy_delay; echo 1 > /proc/sys/net/ipv4/conf/cni0/proxy_arp_pvlan',
      },
    ],
  },
  {
    name: 'hairpin-off',
    about: 'a pod cannot reach itself through its service on a port without hairpin',
    wiring: 'host-gw',
    change: (site) =>
      site.pods.map((pod) => ({ in: pod.node, sh: `ip link set ${pod.veth} type bridge_slave hairpin off` })),
  },
  {
    name: 'bridge-netfilter-off',
    about: "replies within a bridge skip the node's NAT",
    wiring: 'host-gw',
    change: (site) =>
      site.nodes.map((node) => ({
        in: node,
        sh: 'echo 0 > /proc/sys/net/bridge/bridge-nf-call-iptables; echo 0 > /proc/sys/net/bridge/bridge-nf-call-ip6tables',
      })),
  },
  {
    name: 'bridge-netfilter-and-hairpin-off',
    about: 'neither bridge netfilter nor hairpin',
    wiring: 'bridge',
    backends: NFT,
    change: (site) => [
      ...site.nodes.map((node) => ({
        in: node,
        sh: 'echo 0 > /proc/sys/net/bridge/bridge-nf-call-iptables; echo 0 > /proc/sys/net/bridge/bridge-nf-call-ip6tables',
      })),
      ...site.pods.map((pod) => ({ in: pod.node, sh: `ip link set ${pod.veth} type bridge_slave hairpin off` })),
    ],
  },
  {
    name: 'unknown-unicast-not-flooded',
    about: 'a port without flooding and without learning gets no frames for its pod',
    wiring: 'host-gw',
    backends: NFT,
    // the neighbours are known beforehand: whether a resolution gets through would depend on who asks first
    change: (site) => [
      {
        in: site.node('node-a'),
        sh: `bridge link set dev ${site.pod('api-1').veth} flood off learning off; bridge fdb del ${site.pod('api-1').mac} dev ${site.pod('api-1').veth} master 2>/dev/null || true`,
      },
      {
        in: site.node('node-a'),
        sh: `${site.ip} neigh replace ${site.pod('api-1').ip} lladdr ${site.pod('api-1').mac} dev cni0 nud permanent`,
      },
      {
        in: site.pod('client'),
        sh: `${site.ip} neigh replace ${site.pod('api-1').ip} lladdr ${site.pod('api-1').mac} dev eth0 nud permanent`,
      },
      {
        in: site.pod('api-1'),
        sh: `${site.ip} neigh replace ${site.node('node-a').gateway} lladdr 0e:00:00:00:01:01 dev eth0 nud permanent; ${site.ip} neigh replace ${site.pod('client').ip} lladdr ${site.pod('client').mac} dev eth0 nud permanent`,
      },
    ],
  },
  {
    name: 'static-fdb-mended-by-learning',
    about: "a static entry at another pod's port moves back with the pod's first frame",
    collect: 'after',
    wiring: 'host-gw',
    backends: LEGACY,
    change: (site) => [
      {
        in: site.node('node-a'),
        sh: `bridge fdb replace ${site.pod('api-1').mac} dev ${site.pod('client').veth} master static`,
      },
    ],
  },
  {
    name: 'sticky-fdb-to-wrong-port',
    collect: 'after',
    about: "the bridge holds the server's MAC at another pod's port and learns nothing else",
    wiring: 'host-gw',
    backends: NFT,
    change: (site) => [
      {
        in: site.node('node-a'),
        sh: `bridge fdb replace ${site.pod('api-1').mac} dev ${site.pod('client').veth} master static sticky`,
      },
    ],
  },
  {
    name: 'stale-neighbour-of-pod',
    collect: 'after',
    about: "the node holds a dead MAC for the server's pod",
    wiring: 'vxlan',
    backends: NFT,
    change: (site) => [
      {
        in: site.node('node-b'),
        sh: `${site.ip} neigh replace ${site.pod('api-2').ip} lladdr ${NOBODY_MAC} dev cni0 nud permanent`,
      },
    ],
  },
  {
    name: 'stale-neighbour-of-pod-is-another-pod',
    collect: 'after',
    about: "the pod's address leads to another pod's MAC",
    wiring: 'host-gw',
    backends: LEGACY,
    change: (site) => [
      {
        in: site.node('node-a'),
        sh: `${site.ip} neigh replace ${site.pod('api-1').ip} lladdr ${site.pod('client').mac} dev cni0 nud permanent`,
      },
    ],
  },
  {
    name: 'stale-neighbour-of-node',
    collect: 'after',
    about: 'the node holds a dead MAC for the other node',
    wiring: 'host-gw',
    backends: NFT,
    change: (site) => [
      {
        in: site.node('node-a'),
        sh: `${site.ip} neigh replace ${site.node('node-b').ip} lladdr ${NOBODY_MAC} dev eth0 nud permanent`,
      },
    ],
  },
  {
    name: 'stale-gateway-in-pod',
    collect: 'after',
    about: 'the pod holds a dead MAC for its gateway',
    wiring: 'bridge',
    backends: NFT,
    change: (site) => [
      {
        in: site.pod('client'),
        sh: `${site.ip} neigh replace ${site.node('node-a').gateway} lladdr ${NOBODY_MAC} dev eth0 nud permanent`,
      },
    ],
  },
  {
    name: 'neighbour-failed',
    collect: 'after',
    about: "the server's pod answers no address resolution",
    wiring: 'host-gw',
    backends: LEGACY,
    change: (site) => [{ in: site.pod('api-2'), sh: 'ip link set eth0 arp off' }],
  },
  {
    name: 'vxlan-vtep-is-local',
    about: "a node has the other node's address as well: its tunnel hands packets to itself",
    wiring: 'vxlan',
    // over IPv4 both would answer for it on the link
    families: [6],
    backends: NFT,
    change: (site) => [
      { in: site.node('node-b'), sh: `${site.ip} addr add ${site.node('node-a').ip}/${site.bits} dev lo` },
    ],
  },
  {
    name: 'lo-down',
    about: 'lo is down on a node and in a pod: neither reaches itself',
    wiring: 'host-gw',
    backends: LEGACY,
    change: (site) =>
      [site.node('node-a'), site.pod('api-2')].map((place) => ({ in: place, sh: 'ip link set lo down' })),
  },
  {
    name: 'bridge-without-arp',
    about: 'the bridge does no ARP: the node sends to its own MAC address',
    wiring: 'host-gw',
    backends: NFT,
    change: (site) => [{ in: site.node('node-b'), sh: 'ip link set cni0 arp off' }],
  },
  {
    name: 'vxlan-fdb-missing',
    about: "flannel's FDB entry for the other node is gone",
    wiring: 'vxlan',
    backends: NFT,
    change: (site) => [
      {
        in: site.node('node-a'),
        sh: `bridge fdb del ${site.node('node-b').vtepMac} dev ${site.vtep} dst ${site.node('node-b').ip} self`,
      },
    ],
  },
  {
    name: 'vxlan-fdb-stale',
    about: 'the FDB sends to an address that no node has any more',
    wiring: 'vxlan',
    backends: LEGACY,
    change: (site) => [
      {
        in: site.node('node-a'),
        sh: `bridge fdb replace ${site.node('node-b').vtepMac} dev ${site.vtep} dst ${site.pick('192.168.77.99', 'fd00:77::99')} self permanent`,
      },
    ],
  },
  {
    name: 'vxlan-fdb-to-wrong-node',
    about: 'the FDB sends to a third node',
    wiring: 'vxlan',
    backends: NFT,
    nodes: ['node-a', 'node-b', 'node-c'],
    change: (site) => [
      {
        in: site.node('node-a'),
        sh: `bridge fdb replace ${site.node('node-b').vtepMac} dev ${site.vtep} dst ${site.node('node-c').ip} self permanent`,
      },
    ],
  },
  {
    name: 'vxlan-neighbour-missing',
    about: "flannel's neighbour entry for the other VTEP is gone",
    wiring: 'vxlan',
    backends: NFT,
    change: (site) => [
      { in: site.node('node-a'), sh: `${site.ip} neigh del ${site.node('node-b').vtepIP} dev ${site.vtep}` },
    ],
  },
  {
    name: 'vxlan-wrong-vtep-mac',
    about: 'the neighbour entry has the MAC of a VTEP that was rebuilt',
    wiring: 'vxlan',
    backends: LEGACY,
    change: (site) => [
      {
        in: site.node('node-a'),
        sh: `${site.ip} neigh replace ${site.node('node-b').vtepIP} lladdr ${NOBODY_MAC} dev ${site.vtep} nud permanent; bridge fdb add ${NOBODY_MAC} dev ${site.vtep} dst ${site.node('node-b').ip} self permanent`,
      },
    ],
  },
  {
    name: 'vxlan-wrong-vni',
    about: "the other node's tunnel has another network identifier",
    wiring: 'vxlan',
    backends: NFT,
    change: (site) => {
      const [a, b] = [site.node('node-a'), site.node('node-b')];
      return [
        {
          in: b,
          sh: [
            `ip link del ${site.vtep}`,
            `ip link add ${site.vtep} address ${b.vtepMac} mtu ${site.mtu} type vxlan id 2 local ${b.ip} dev eth0 dstport 8472 nolearning`,
            `ip link set ${site.vtep} up`,
            `${site.ip} addr add ${b.vtepIP}/${site.bits} dev ${site.vtep}`,
            `${site.ip} neigh add ${a.vtepIP} lladdr ${a.vtepMac} dev ${site.vtep} nud permanent`,
            `${site.ip} route add ${a.podCIDR} via ${a.vtepIP} dev ${site.vtep} onlink`,
            `bridge fdb add ${a.vtepMac} dev ${site.vtep} dst ${a.ip} self permanent`,
          ].join('; '),
        },
      ];
    },
  },
  {
    name: 'vxlan-wrong-port',
    about: "the nodes disagree about the tunnel's UDP port",
    wiring: 'vxlan',
    backends: NFT,
    change: (site) => {
      const [a, b] = [site.node('node-a'), site.node('node-b')];
      return [
        {
          in: b,
          sh: [
            `ip link del ${site.vtep}`,
            `ip link add ${site.vtep} address ${b.vtepMac} mtu ${site.mtu} type vxlan id 1 local ${b.ip} dev eth0 dstport 4789 nolearning`,
            `ip link set ${site.vtep} up`,
            `${site.ip} addr add ${b.vtepIP}/${site.bits} dev ${site.vtep}`,
            `${site.ip} neigh add ${a.vtepIP} lladdr ${a.vtepMac} dev ${site.vtep} nud permanent`,
            `${site.ip} route add ${a.podCIDR} via ${a.vtepIP} dev ${site.vtep} onlink`,
            `bridge fdb add ${a.vtepMac} dev ${site.vtep} dst ${a.ip} self permanent`,
          ].join('; '),
        },
      ];
    },
  },
  {
    name: 'vxlan-device-down',
    about: 'the tunnel device is down',
    wiring: 'vxlan',
    backends: NFT,
    change: (site) => [{ in: site.node('node-b'), sh: `ip link set ${site.vtep} down` }],
  },
  {
    name: 'vxlan-port-firewalled',
    about: "a firewall on the other node drops the tunnel's port",
    pairing: 'diagonal',
    wiring: 'vxlan',
    change: (site) => [{ in: site.node('node-b'), sh: `${site.iptables} -I INPUT -p udp --dport 8472 -j DROP` }],
  },
  {
    name: 'vxlan-output-firewalled',
    about: "a firewall on the sending node rejects the tunnel's packets",
    pairing: 'diagonal',
    wiring: 'vxlan',
    change: (site) => [{ in: site.node('node-a'), sh: `${site.iptables} -I OUTPUT -p udp --dport 8472 -j DROP` }],
  },
  {
    name: 'vxlan-inner-dropped',
    about: 'what comes out of the tunnel is dropped in FORWARD',
    pairing: 'diagonal',
    wiring: 'vxlan',
    change: (site) => [{ in: site.node('node-b'), sh: `${site.iptables} -I FORWARD -i ${site.vtep} -j DROP` }],
  },
  {
    name: 'mtu-pods-larger-than-tunnel',
    about: 'pods believe in 1500 bytes, the tunnel carries less; PMTU discovery mends it',
    wiring: 'vxlan',
    backends: NFT,
    hasLargeProbes: true,
    change: (site) => [
      ...site.pods.flatMap((pod) => [
        { in: pod, sh: 'ip link set eth0 mtu 1500' },
        { in: pod.node, sh: `ip link set ${pod.veth} mtu 1500` },
      ]),
      ...site.nodes.map((node) => ({ in: node, sh: 'ip link set cni0 mtu 1500' })),
    ],
  },
  {
    name: 'mtu-uplink-smaller-icmp-lost',
    about: 'the path carries less than the pods send, and a firewall drops the ICMP that says so',
    wiring: 'host-gw',
    hasLargeProbes: true,
    backends: NFT,
    change: (site) =>
      site.nodes.flatMap((node) => [
        { in: node, sh: 'ip link set eth0 mtu 1400' },
        {
          in: node,
          sh: `${site.iptables} -I OUTPUT -p ${site.pick('icmp --icmp-type fragmentation-needed', 'icmpv6 --icmpv6-type packet-too-big')} -j DROP`,
        },
      ]),
  },
  ...FLAT,
  {
    name: 'node-address-on-lo',
    about: 'a node has its address on lo, not on the link that it answers on',
    wiring: 'host-gw',
    pairing: 'diagonal',
    change: (site) => {
      const node = site.node('node-b');
      const others = site.nodes.filter((other) => other !== node);
      return [
        {
          in: node,
          sh: [
            `ip addr del ${node.ip}/${site.pick('24', '64')} dev eth0`,
            `ip addr add ${node.ip}/${site.bits} dev lo`,
            `${site.ip} route replace ${site.pick('192.168.77.0/24', 'fd00:77::/64')} dev eth0`,
            ...others.map((other) => `${site.ip} route replace ${other.podCIDR} via ${other.ip} dev eth0`),
          ].join('; '),
        },
      ];
    },
  },
];
