/** Routes, policy rules, source validation, forwarding, addresses. */
import type { Backend, Scenario } from '../scenario.ts';
import type { Site } from '../site.ts';

// the rules play no part in these, so one back end each is enough; both appear
const NFT: readonly Backend[] = ['nft'];
const LEGACY: readonly Backend[] = ['legacy'];

const set = (site: Site, key: string, value: string): string => `echo ${value} > /proc/sys/net/${site.sysctl}/${key}`;

export const ROUTING: readonly Scenario[] = [
  {
    name: 'node-route-missing',
    about: "the route to the other node's pods is gone; the default route takes the packets out",
    wiring: 'host-gw',
    backends: NFT,
    change: (site) => [{ in: site.node('node-a'), sh: `${site.ip} route del ${site.node('node-b').podCIDR}` }],
  },
  {
    name: 'node-route-missing-without-default',
    about: "no route at all to the other node's pods",
    wiring: 'host-gw',
    backends: LEGACY,
    change: (site) => [
      {
        in: site.node('node-a'),
        sh: `${site.ip} route del ${site.node('node-b').podCIDR}; ${site.ip} route del default`,
      },
    ],
  },
  ...[false, true].map((hadRule): Scenario => ({
    name: `local-block-around-pods-${hadRule ? 'after-a-rule' : 'in-one-trie'}`,
    about: `a block of the table local is shorter than the pods' in main, ${hadRule ? 'and wins, for a policy rule was there once' : 'and loses, for both tables are still one trie'}`,
    wiring: 'routed',
    backends: hadRule ? NFT : LEGACY,
    families: [4],
    change: (site) => [
      {
        in: site.node('node-a'),
        sh: `${hadRule ? 'ip rule add pref 100 lookup 100; ip rule del pref 100; ' : ''}ip route replace local 10.77.0.0/16 dev lo`,
      },
    ],
  })),
  {
    name: 'return-route-missing',
    about: 'the other node has no route back',
    wiring: 'bridge',
    backends: NFT,
    hasRules: false,
    change: (site) => [
      {
        in: site.node('node-b'),
        sh: `${site.ip} route del ${site.node('node-a').podCIDR}; ${site.ip} route del default`,
      },
    ],
  },
  {
    name: 'node-route-via-wrong-node',
    about: "the route to node-c's pods goes to node-b, which forwards them all the same",
    wiring: 'host-gw',
    backends: NFT,
    nodes: ['node-a', 'node-b', 'node-c'],
    pods: [
      { name: 'client', node: 'node-a', app: 'client', listen: [] },
      { name: 'api-1', node: 'node-c', app: 'api', listen: [{ protocol: 'tcp', port: 8080, address: 'any' }] },
    ],
    change: (site) => [
      {
        in: site.node('node-a'),
        sh: `${site.ip} route replace ${site.node('node-c').podCIDR} via ${site.node('node-b').ip}`,
      },
    ],
  },
  {
    name: 'node-route-via-nobody',
    about: 'the next hop of the route is an address that nobody has',
    wiring: 'host-gw',
    backends: LEGACY,
    change: (site) => [
      {
        in: site.node('node-a'),
        sh: `${site.ip} route replace ${site.node('node-b').podCIDR} via ${site.pick('192.168.77.99', 'fd00:77::99')}`,
      },
    ],
  },
  ...(['blackhole', 'unreachable', 'prohibit'] as const).map((kind): Scenario => ({
    name: `${kind}-route`,
    about: `a ${kind} route for one pod`,
    wiring: 'host-gw',
    backends: NFT,
    change: (site) => [{ in: site.node('node-a'), sh: `${site.ip} route add ${kind} ${site.pod('api-2').host}` }],
  })),
  ...(['blackhole', 'unreachable', 'prohibit'] as const).map((kind): Scenario => ({
    name: `${kind}-route-in-pod`,
    about: `a ${kind} route in the sender's own namespace`,
    wiring: 'vxlan',
    backends: LEGACY,
    change: (site) => [{ in: site.pod('client'), sh: `${site.ip} route add ${kind} ${site.pod('api-2').host}` }],
  })),
  {
    name: 'throw-route',
    about: 'a throw route in a table of its own goes back to the next rule',
    wiring: 'host-gw',
    backends: NFT,
    change: (site) => [
      {
        in: site.node('node-a'),
        sh: `${site.ip} route add throw ${site.pod('api-2').host} table 100; ${site.ip} route add blackhole ${site.node('node-b').podCIDR} table 100; ${site.ip} rule add pref 100 lookup 100`,
      },
    ],
  },
  {
    name: 'pod-without-default-route',
    about: 'a pod that lost its default route',
    wiring: 'host-gw',
    backends: NFT,
    change: (site) => [{ in: site.pod('client'), sh: `${site.ip} route del default` }],
  },
  {
    name: 'server-without-default-route',
    about: "the server's pod cannot answer beyond its own node",
    wiring: 'vxlan',
    backends: NFT,
    change: (site) => [{ in: site.pod('api-2'), sh: `${site.ip} route del default` }],
  },
  {
    name: 'pod-default-via-nobody',
    about: 'a pod whose gateway nobody has',
    wiring: 'bridge',
    backends: LEGACY,
    change: (site) => [
      { in: site.pod('client'), sh: `${site.ip} route replace default via ${site.pick('10.77.0.250', 'fd77::250')}` },
    ],
  },
  {
    name: 'rule-to-empty-table',
    about: 'a policy rule that points to an empty table is passed over',
    wiring: 'host-gw',
    backends: NFT,
    change: (site) => [
      { in: site.node('node-a'), sh: `${site.ip} rule add from ${site.node('node-a').podCIDR} lookup 100 pref 100` },
    ],
  },
  {
    name: 'rule-to-table-with-default',
    about: 'a policy rule sends the pods of one node to a table that knows only a default route',
    wiring: 'host-gw',
    backends: LEGACY,
    change: (site) => [
      {
        in: site.node('node-a'),
        sh: `${site.ip} route add default via ${site.outside.ip} table 100; ${site.ip} rule add from ${site.node('node-a').podCIDR} lookup 100 pref 100`,
      },
    ],
  },
  ...(['blackhole', 'unreachable', 'prohibit'] as const).map((kind): Scenario => ({
    name: `rule-${kind}`,
    about: `a policy rule of type ${kind}`,
    wiring: 'routed',
    backends: LEGACY,
    change: (site) => [
      { in: site.node('node-a'), sh: `${site.ip} rule add to ${site.pod('api-2').host} pref 100 ${kind}` },
    ],
  })),
  {
    name: 'rule-by-ingress',
    about: 'a rule for packets from the bridge only: the node itself is not touched',
    wiring: 'host-gw',
    backends: NFT,
    change: (site) => [
      {
        in: site.node('node-a'),
        sh: `${site.ip} route add blackhole ${site.node('node-b').podCIDR} table 100; ${site.ip} rule add iif cni0 lookup 100 pref 100`,
      },
    ],
  },
  {
    name: 'rule-by-egress',
    about: 'a rule for sockets bound to a device never meets forwarded packets',
    wiring: 'host-gw',
    backends: NFT,
    change: (site) => [
      {
        in: site.node('node-a'),
        sh: `${site.ip} route add blackhole ${site.node('node-b').podCIDR} table 100; ${site.ip} rule add oif eth0 lookup 100 pref 100`,
      },
    ],
  },
  {
    name: 'rule-by-mark',
    about: 'a mark from mangle PREROUTING selects a table that drops',
    pairing: 'diagonal',
    wiring: 'host-gw',
    change: (site) => [
      {
        in: site.node('node-a'),
        sh: `${site.iptables} -t mangle -A PREROUTING -p tcp --dport 8080 -j MARK --set-xmark 0x100/0xff00; ${site.ip} route add blackhole default table 100; ${site.ip} rule add fwmark 0x100/0xff00 lookup 100 pref 100`,
      },
    ],
  },
  {
    name: 'mark-in-output-reroutes',
    about: 'a mark set in mangle OUTPUT routes again',
    pairing: 'diagonal',
    wiring: 'host-gw',
    change: (site) => [
      {
        in: site.node('node-a'),
        sh: `${site.iptables} -t mangle -A OUTPUT -p tcp --dport 8080 -j MARK --set-mark 7; ${site.ip} route add unreachable default table 100; ${site.ip} rule add fwmark 7 lookup 100 pref 100`,
      },
    ],
  },
  {
    name: 'mark-in-filter-output',
    collect: 'after',
    about: 'a mark set in filter OUTPUT comes too late to route again',
    pairing: 'diagonal',
    wiring: 'host-gw',
    change: (site) => [
      {
        in: site.node('node-a'),
        sh: `${site.iptables} -t filter -A OUTPUT -p tcp --dport 8080 -j MARK --set-mark 7; ${site.ip} route add unreachable default table 100; ${site.ip} rule add fwmark 7 lookup 100 pref 100`,
      },
    ],
  },
  {
    name: 'suppress-prefixlength',
    about: 'the main table without its default route, as VPN clients set it up',
    wiring: 'host-gw',
    backends: NFT,
    change: (site) => [
      {
        in: site.node('node-a'),
        sh: `${site.ip} rule add lookup main suppress_prefixlength 0 pref 50; ${site.ip} rule add pref 60 prohibit`,
      },
    ],
  },
  {
    name: 'rule-loop',
    about: 'goto between rules skips the main table',
    wiring: 'host-gw',
    backends: NFT,
    change: (site) => [
      {
        in: site.node('node-a'),
        sh: `${site.ip} rule add pref 40000 unreachable; ${site.ip} rule add to ${site.pod('api-2').host} pref 100 goto 40000`,
      },
    ],
  },
  {
    name: 'routing-loop',
    about: "two nodes send one pod's packets to each other",
    wiring: 'host-gw',
    backends: NFT,
    change: (site) => [
      { in: site.node('node-b'), sh: `${site.ip} route add ${site.pod('api-2').host} via ${site.node('node-a').ip}` },
    ],
  },
  {
    name: 'policy-routing-loop',
    about: 'a policy rule on the second node sends forwarded packets back',
    wiring: 'host-gw',
    backends: LEGACY,
    change: (site) => [
      {
        in: site.node('node-b'),
        sh: `${site.ip} route add default via ${site.node('node-a').ip} table 100; ${site.ip} rule add to ${site.node('node-b').podCIDR} iif eth0 lookup 100 pref 100`,
      },
    ],
  },
  {
    name: 'multipath-with-a-dead-leg',
    about: 'one of two next hops is nobody',
    wiring: 'host-gw',
    backends: NFT,
    change: (site) => [
      {
        in: site.node('node-a'),
        sh: `${site.ip} route replace ${site.node('node-b').podCIDR} nexthop via ${site.node('node-b').ip} nexthop via ${site.pick('192.168.77.99', 'fd00:77::99')}`,
      },
    ],
  },
  {
    name: 'nexthop-object-blackhole',
    about: 'the route uses a nexthop object that is a blackhole',
    wiring: 'host-gw',
    backends: NFT,
    change: (site) => [
      {
        in: site.node('node-a'),
        sh: `${site.ip} nexthop add id 7 blackhole; ${site.ip} route replace ${site.node('node-b').podCIDR} nhid 7`,
      },
    ],
  },
  {
    name: 'nexthop-object',
    about: 'the route uses a nexthop object',
    wiring: 'host-gw',
    backends: LEGACY,
    change: (site) => [
      {
        in: site.node('node-a'),
        sh: `${site.ip} nexthop add id 7 via ${site.node('node-b').ip} dev eth0; ${site.ip} route replace ${site.node('node-b').podCIDR} nhid 7`,
      },
    ],
  },
  {
    name: 'better-metric-is-dead',
    about: 'of two routes the one with the smaller metric leads nowhere',
    wiring: 'host-gw',
    backends: LEGACY,
    change: (site) => [
      {
        in: site.node('node-a'),
        sh: `${site.ip} route del ${site.node('node-b').podCIDR}; ${site.ip} route add ${site.node('node-b').podCIDR} via ${site.node('node-b').ip} metric 200; ${site.ip} route add ${site.node('node-b').podCIDR} via ${site.pick('192.168.77.99', 'fd00:77::99')} metric 100`,
      },
    ],
  },
  {
    name: 'strict-rp-filter-asymmetric',
    about: 'the way back to one pod leads to another device',
    wiring: 'host-gw',
    backends: NFT,
    families: [4],
    change: (site) => [
      {
        in: site.node('node-b'),
        sh: `${site.ip} route add ${site.pod('client').host} dev cni0; echo 1 > /proc/sys/net/ipv4/conf/all/rp_filter`,
      },
    ],
  },
  {
    name: 'loose-rp-filter-asymmetric',
    about: 'loose validation lets it in, but the answer goes astray',
    wiring: 'host-gw',
    backends: NFT,
    families: [4],
    change: (site) => [
      {
        in: site.node('node-b'),
        sh: `${site.ip} route add ${site.pod('client').host} dev cni0; echo 1 > /proc/sys/net/ipv4/conf/all/rp_filter; echo 2 > /proc/sys/net/ipv4/conf/eth0/rp_filter`,
      },
    ],
  },
  {
    name: 'loose-rp-filter-unroutable-source',
    about: 'loose validation drops a source that has no route at all',
    wiring: 'bridge',
    hasRules: false,
    backends: NFT,
    families: [4],
    change: (site) => [
      {
        in: site.node('node-b'),
        sh: `${site.ip} route del ${site.node('node-a').podCIDR}; ${site.ip} route del default; echo 2 > /proc/sys/net/ipv4/conf/eth0/rp_filter`,
      },
    ],
  },
  {
    name: 'strict-rp-filter-symmetric',
    about: 'strict validation on every interface of a healthy cluster',
    wiring: 'vxlan',
    backends: LEGACY,
    families: [4],
    change: (site) =>
      site.nodes.map((node) => ({
        in: node,
        sh: 'for d in /proc/sys/net/ipv4/conf/*; do echo 1 > $d/rp_filter; done',
      })),
  },
  {
    name: 'martian-source',
    about: "a pod sends with the other node's own address",
    wiring: 'host-gw',
    hasRules: false,
    backends: NFT,
    change: (site) => [
      {
        in: site.pod('client'),
        sh: `${site.ip} addr add ${site.node('node-b').ip}/${site.bits} dev lo; ${site.ip} route del default; ${site.ip} route add default via ${site.node('node-a').gateway} src ${site.node('node-b').ip}`,
      },
    ],
  },
  {
    name: 'loopback-source',
    about: "a pod's route gives 127.0.0.1 for a source; IPv6 refuses such a route",
    wiring: 'host-gw',
    hasRules: false,
    families: [4],
    backends: NFT,
    change: (site) => [
      {
        in: site.pod('client'),
        sh: `${site.ip} route del default; ${site.ip} route add default via ${site.node('node-a').gateway} src 127.0.0.1`,
      },
    ],
  },
  {
    name: 'forwarding-off',
    about: 'the node does not forward',
    wiring: 'vxlan',
    backends: NFT,
    change: (site) => [
      {
        in: site.node('node-a'),
        sh: site.pick('echo 0 > /proc/sys/net/ipv4/ip_forward', 'echo 0 > /proc/sys/net/ipv6/conf/all/forwarding'),
      },
    ],
  },
  {
    name: 'forwarding-off-on-the-other-node',
    about: 'the second node does not forward',
    wiring: 'host-gw',
    backends: LEGACY,
    change: (site) => [
      {
        in: site.node('node-b'),
        sh: site.pick('echo 0 > /proc/sys/net/ipv4/ip_forward', 'echo 0 > /proc/sys/net/ipv6/conf/all/forwarding'),
      },
    ],
  },
  {
    name: 'forwarding-off-on-the-bridge',
    about: 'the flag of the ingress interface decides on IPv4, not on IPv6',
    wiring: 'host-gw',
    backends: NFT,
    change: (site) => [{ in: site.node('node-a'), sh: set(site, 'conf/cni0/forwarding', '0') }],
  },
  {
    name: 'forwarding-off-on-the-uplink',
    about: 'replies come in where forwarding is off',
    wiring: 'host-gw',
    backends: NFT,
    change: (site) => [{ in: site.node('node-a'), sh: set(site, 'conf/eth0/forwarding', '0') }],
  },
  {
    name: 'node-address-taken-by-a-node',
    about: "a pod's address is also one of its client's node",
    wiring: 'host-gw',
    backends: NFT,
    change: (site) => [{ in: site.node('node-a'), sh: `${site.ip} addr add ${site.pod('api-2').host} dev lo` }],
  },
  {
    name: 'pod-address-taken-by-a-pod',
    about: "the client's pod has the server's address too",
    // on a bridge both would answer for it, and whoever is first would decide
    wiring: 'routed',
    backends: NFT,
    change: (site) => [{ in: site.pod('client'), sh: `${site.ip} addr add ${site.pod('api-1').host} dev lo` }],
  },
  {
    name: 'pod-address-missing',
    about: "the server's pod has lost its address",
    wiring: 'vxlan',
    backends: NFT,
    change: (site) => [{ in: site.pod('api-2'), sh: `${site.ip} addr flush dev eth0 scope global` }],
  },
  {
    name: 'pod-address-changed',
    about: "the server's pod has another address than Kubernetes says",
    wiring: 'host-gw',
    backends: LEGACY,
    change: (site) => [
      {
        in: site.pod('api-2'),
        sh: `${site.ip} addr del ${site.pod('api-2').ip}/${site.pick('24', '64')} dev eth0; ${site.ip} addr add ${site.pick('10.77.1.77/24', 'fd77:0:0:1::77/64')} dev eth0; ${site.ip} route replace default via ${site.node('node-b').gateway}`,
      },
    ],
  },
  {
    name: 'ipv6-disabled-in-pod',
    about: "net.ipv6.conf.all.disable_ipv6 in the server's pod",
    wiring: 'host-gw',
    backends: NFT,
    families: [6],
    change: (site) => [{ in: site.pod('api-2'), sh: 'echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6' }],
  },
  {
    name: 'ipv6-disabled-on-bridge',
    about: 'IPv6 is off on the bridge: pods have no gateway',
    wiring: 'host-gw',
    backends: NFT,
    families: [6],
    change: (site) => [{ in: site.node('node-a'), sh: 'echo 1 > /proc/sys/net/ipv6/conf/cni0/disable_ipv6' }],
  },
  {
    name: 'routed-host-route-missing',
    about: "the pod's own route is gone: the block's blackhole takes it",
    wiring: 'routed',
    backends: NFT,
    change: (site) => [{ in: site.node('node-b'), sh: `${site.ip} route del ${site.pod('api-2').host}` }],
  },
  {
    name: 'routed-host-route-to-wrong-pod',
    about: "the pod's route leads to another pod's device",
    wiring: 'routed',
    backends: LEGACY,
    change: (site) => [
      {
        in: site.node('node-a'),
        sh: `${site.ip} route replace ${site.pod('api-1').host} dev ${site.pod('client').veth}`,
      },
    ],
  },
  {
    name: 'routed-proxy-arp-off',
    about: 'nobody answers for 169.254.1.1',
    wiring: 'routed',
    backends: NFT,
    families: [4],
    change: (site) => [
      { in: site.node('node-a'), sh: `echo 0 > /proc/sys/net/ipv4/conf/${site.pod('client').veth}/proxy_arp` },
    ],
  },
  {
    name: 'routed-strict-rp-filter',
    about: "strict validation on the pods' devices, as calico sets it",
    wiring: 'routed',
    backends: LEGACY,
    families: [4],
    change: (site) =>
      site.pods.map((pod) => ({ in: pod.node, sh: `echo 1 > /proc/sys/net/ipv4/conf/${pod.veth}/rp_filter` })),
  },
  {
    name: 'ttl-too-small',
    about: "the sender's hop limit is used up on the way",
    wiring: 'host-gw',
    backends: NFT,
    change: (site) => [
      {
        in: site.pod('client'),
        sh: site.pick(
          'echo 2 > /proc/sys/net/ipv4/ip_default_ttl',
          'echo 2 > /proc/sys/net/ipv6/conf/all/hop_limit; echo 2 > /proc/sys/net/ipv6/conf/eth0/hop_limit',
        ),
      },
    ],
  },
  {
    name: 'xfrm-policy',
    about: "IPsec wants the packets to the other node's pods, and has no keys for them",
    wiring: 'host-gw',
    pairing: 'diagonal',
    change: (site) => [
      {
        in: site.node('node-a'),
        sh: `ip xfrm policy add src ${site.pick('0.0.0.0/0', '::/0')} dst ${site.node('node-b').podCIDR} dir out tmpl src ${site.node('node-a').ip} dst ${site.node('node-b').ip} proto esp mode tunnel`,
      },
    ],
  },
  {
    name: 'xfrm-policy-elsewhere',
    about: 'IPsec is for other addresses, directions and ports',
    wiring: 'host-gw',
    pairing: 'diagonal',
    change: (site) => {
      const all = site.pick('0.0.0.0/0', '::/0');
      const far = site.pick('198.51.100.0/24', 'fd0e::/64');
      return [
        {
          in: site.node('node-a'),
          sh: [
            `src ${all} dst ${far} dir out action block`,
            `src ${far} dst ${all} dir in action block`,
            `src ${all} dst ${all} proto tcp dport 42 dir fwd action block`,
            `src ${all} dst ${all} dir out if_id 7 action block`,
            `src ${all} dst ${all} dir fwd mark 0x10 mask 0x10 action block`,
          ]
            .map((policy) => `ip xfrm policy add ${policy}`)
            .join('; '),
        },
      ];
    },
  },
];
