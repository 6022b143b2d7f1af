/** nftables' chains at devices themselves: family netdev, and ingress of inet, at each kind of device and both ways. */
import type { Scenario } from '../scenario.ts';
import type { Site, SiteNode, SitePod } from '../site.ts';

interface Row {
  readonly name: string;
  readonly about: string;
  readonly place: (site: Site) => SiteNode | SitePod;
  /** Hook and priority. */
  readonly at: string;
  readonly device: (site: Site) => string;
  readonly family?: 'inet';
  readonly policy?: 'drop';
  readonly rules: (site: Site) => readonly string[];
  /** Sets and other chains, one line each. */
  readonly more?: (site: Site) => readonly string[];
  /** What is done before the table is loaded. */
  readonly before?: (site: Site) => string;
  readonly wiring?: Scenario['wiring'];
}

const nodeA = (site: Site): SiteNode => site.node('node-a');
const nodeB = (site: Site): SiteNode => site.node('node-b');
const client = (site: Site): SitePod => site.pod('client');
const uplink = (): string => 'eth0';
const bridge = (): string => 'cni0';
const clientVeth = (site: Site): string => client(site).veth;
const ip = (site: Site): string => site.pick('ip', 'ip6');
const to = (site: Site, pod: string): string => `${ip(site)} daddr ${site.pod(pod).ip}`;
const QUESTIONS_PASS = ['ether type arp accept', 'icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept'];

const ROWS: readonly Row[] = [
  {
    name: 'ingress-uplink',
    about: 'dropped as it comes in from the other node',
    place: nodeB,
    at: 'ingress 0',
    device: uplink,
    rules: (site) => [`${to(site, 'api-2')} tcp dport 8080 drop`],
  },
  {
    name: 'ingress-port',
    about: "dropped at the bridge's port, before the bridge sees it",
    place: nodeA,
    at: 'ingress 0',
    device: clientVeth,
    rules: () => ['udp dport 5353 drop'],
  },
  {
    name: 'ingress-service',
    about: 'a service is dropped by its own address, long before it is translated',
    place: nodeA,
    at: 'ingress -500',
    device: clientVeth,
    rules: (site) => [`${ip(site)} daddr ${site.service('api').clusterIP} tcp dport 80 drop`],
  },
  {
    name: 'ingress-bridge',
    about: 'at the bridge itself, which what goes from port to port does not come in by',
    place: nodeA,
    at: 'ingress 0',
    device: bridge,
    rules: () => ['tcp dport { 80, 8080, 10250 } drop'],
  },
  {
    name: 'ingress-pod',
    about: "dropped inside of the server's pod",
    place: (site) => site.pod('api-2'),
    at: 'ingress 0',
    device: uplink,
    rules: () => ['tcp dport 8080 drop'],
  },
  {
    name: 'ingress-lo',
    about: "a node's own packets to itself",
    place: nodeA,
    at: 'ingress 0',
    device: () => 'lo',
    rules: () => ['tcp dport 10250 drop', 'udp dport 5353 drop'],
  },
  {
    name: 'ingress-inet',
    about: 'ingress of inet: no connection is known yet, so none is new',
    place: nodeB,
    at: 'ingress 0',
    family: 'inet',
    device: uplink,
    rules: (site) => ['ct state new drop', `ct state invalid ${to(site, 'api-2')} udp dport 5353 drop`],
  },
  {
    name: 'ingress-vxlan',
    about: 'at the tunnel, which gives what was inside of its packets',
    place: nodeB,
    at: 'ingress 0',
    device: () => 'flannel.1',
    wiring: 'vxlan',
    rules: (site) => [`${to(site, 'api-2')} tcp dport 8080 drop`, 'udp dport 8472 drop'],
  },
  {
    name: 'egress-vxlan',
    about: 'into the tunnel, and out by the device below',
    place: nodeA,
    at: 'egress 0',
    device: () => 'flannel.1',
    wiring: 'vxlan',
    rules: (site) => [`${to(site, 'api-2')} udp dport 5353 drop`],
  },
  {
    name: 'egress-uplink',
    about: 'dropped as it leaves the node, after all of its translations',
    place: nodeA,
    at: 'egress 0',
    device: uplink,
    rules: (site) => [`${to(site, 'api-2')} tcp dport 8080 drop`],
  },
  {
    name: 'egress-bridge',
    about: 'what the node gives to its bridge',
    place: nodeA,
    at: 'egress 0',
    device: bridge,
    rules: (site) => [`${to(site, 'api-1')} tcp dport 8080 drop`],
  },
  {
    name: 'egress-port',
    about: 'what leaves by a port, from another port or from the node',
    place: nodeA,
    at: 'egress 0',
    device: (site) => site.pod('api-1').veth,
    rules: () => ['udp dport 5353 drop'],
  },
  {
    name: 'egress-pod',
    about: "what a pod sends, of all protocols: a process' own call does not fail, but that of a ping",
    place: client,
    at: 'egress 0',
    device: uplink,
    rules: (site) => [`${to(site, 'api-1')} drop`, `tcp dport 10250 drop`],
  },
  {
    name: 'egress-lo',
    about: 'what a node sends to itself',
    place: nodeA,
    at: 'egress 0',
    device: () => 'lo',
    rules: () => ['udp dport 5353 drop', 'tcp dport { 8080, 10250 } drop'],
  },
  {
    name: 'policy-drop',
    about: 'a pod hears questions for neighbours and one port, nothing else',
    place: (site) => site.pod('api-2'),
    at: 'ingress 0',
    device: uplink,
    policy: 'drop',
    rules: () => [...QUESTIONS_PASS, 'tcp dport 8080 accept'],
  },
  {
    name: 'no-questions',
    about: 'a pod hears no questions for neighbours',
    place: (site) => site.pod('api-2'),
    at: 'ingress 0',
    device: uplink,
    rules: (site) => [site.pick('ether type arp drop', 'icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } drop')],
  },
  {
    name: 'by-mac',
    about: 'a pod may send from its own MAC address alone',
    place: nodeA,
    at: 'ingress 0',
    device: clientVeth,
    rules: (site) => [
      `ether saddr != ${client(site).mac} drop`,
      `ether daddr != ${client(site).mac} ether type ${site.pick('ip', 'ip6')} tcp dport 8080 drop`,
    ],
  },
  {
    name: 'mark',
    about: 'a mark that is set at the device decides the route',
    place: nodeA,
    at: 'ingress 0',
    device: bridge,
    before: (site) =>
      `${site.ip} route add blackhole default table 100; ${site.ip} rule add fwmark 0x99 lookup 100 pref 100`,
    rules: (site) => [`${to(site, 'api-2')} meta l4proto tcp meta mark set 0x99`],
  },
  {
    name: 'sets',
    about: 'a set of addresses and ports, and a verdict map; accept ends its own chain alone',
    place: nodeB,
    at: 'ingress 0',
    device: uplink,
    more: (site) => [
      `set closed { type ${site.pick('ipv4_addr', 'ipv6_addr')} . inet_service; elements = { ${site.pod('api-2').ip} . 8080 }; }`,
      `chain first { type filter hook ingress device "eth0" priority -10; policy accept; tcp dport { 8080, 10250 } accept; udp dport 5353 drop; }`,
      'chain own { tcp dport 10250 drop; }',
    ],
    rules: (site) => [`${ip(site)} daddr . tcp dport @closed drop`, 'meta l4proto vmap { tcp : jump own }'],
  },
  {
    name: 'hop-limit',
    about: 'the hop limit is set as it leaves',
    place: nodeA,
    at: 'egress 0',
    device: uplink,
    rules: (site) => [`${to(site, 'api-2')} meta l4proto udp ${site.pick('ip ttl', 'ip6 hoplimit')} set 1`],
  },
  {
    name: 'reject',
    about: 'a refusal by the device itself',
    place: nodeB,
    at: 'ingress 0',
    device: uplink,
    rules: (site) => [`${to(site, 'api-2')} tcp dport 8080 reject with tcp reset`],
  },
  {
    name: 'fwd',
    about: 'given to another device in place of the one that it came in by',
    place: nodeA,
    at: 'ingress 0',
    device: clientVeth,
    rules: (site) => [`udp dport 5353 fwd to "${site.pod('api-1').veth}"`],
  },
  {
    name: 'dup',
    about: 'a copy is given to another device',
    place: nodeA,
    at: 'ingress 0',
    device: clientVeth,
    rules: (site) => [`udp dport 5353 dup to "${site.pod('api-1').veth}"`, `${to(site, 'api-2')} tcp dport 8080 drop`],
  },
];

export const DEVICE_RULES: readonly Scenario[] = ROWS.map(
  ({ name, about, place, at, device, family = 'netdev', policy = 'accept', rules, more, before, wiring }) => ({
    name: `device-rules-${name}`,
    about,
    wiring: wiring ?? 'host-gw',
    backends: ['nft'],
    change: (site) => [
      {
        in: place(site),
        sh: [
          before?.(site) ?? ':',
          `nft -f - <<'RULES'`,
          `table ${family} lab {`,
          ...(more?.(site) ?? []),
          `chain base { type filter hook ${at.replace(' ', ` device "${device(site)}" priority `)}; policy ${policy}; ${rules(site).join('; ')}; }`,
          '}',
          'RULES',
        ].join('\n'),
      },
    ],
  }),
);
