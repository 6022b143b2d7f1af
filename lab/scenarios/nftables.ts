/** Native nftables rules beside those of iptables and kube-proxy: each hook, each type of chain, each way to decide. */
import type { Backend, Scenario } from '../scenario.ts';
import type { Site, SiteNode, SitePod } from '../site.ts';

/** One table with one base chain. */
interface ChainRow {
  readonly name: string;
  readonly about: string;
  readonly place: (site: Site) => SiteNode | SitePod;
  /** `filter prerouting -300`: type, hook and priority. */
  readonly at: string;
  readonly policy?: 'drop';
  readonly rules: (site: Site) => readonly string[];
  /** Sets, maps and other chains, one line each. */
  readonly more?: (site: Site) => readonly string[];
  /** `inet` unless said otherwise; `own` is the case's own. */
  readonly family?: 'own';
  /** What is done before the table is loaded. */
  readonly before?: (site: Site) => string;
  readonly wiring?: Scenario['wiring'];
  readonly collect?: 'after';
}

const BACKENDS: readonly Backend[] = ['nft', 'nftables', 'legacy'];
const nodeA = (site: Site): SiteNode => site.node('node-a');
const nodeB = (site: Site): SiteNode => site.node('node-b');
const ip = (site: Site): string => site.pick('ip', 'ip6');
const server = (site: Site): string => site.pod('api-2').ip;
const toServer = (site: Site): string => `${ip(site)} daddr ${server(site)}`;
const fromServer = (site: Site): string => `${ip(site)} saddr ${server(site)}`;
const addr = (site: Site): string => site.pick('ipv4_addr', 'ipv6_addr');
const target = (site: Site, pod: string, port: number): string =>
  site.pick(`${site.pod(pod).ip}:${port}`, `[${site.pod(pod).ip}]:${port}`);

/** The mark 0x99 leads into a table that has nothing but this. */
const byMark =
  (type: 'blackhole' | 'unreachable') =>
  (site: Site): string =>
    `${site.ip} route add ${type} default table 100; ${site.ip} rule add fwmark 0x99 lookup 100 pref 100`;

const ROWS: readonly ChainRow[] = [
  // Hooks and priorities
  {
    name: 'drop-before-conntrack',
    about: 'dropped before connections are tracked',
    place: nodeB,
    at: 'filter prerouting -300',
    rules: (site) => [`${toServer(site)} tcp dport 8080 drop`],
  },
  {
    name: 'drop-before-dnat',
    about: 'the address of a service is dropped before it is translated',
    place: nodeA,
    at: 'filter prerouting -110',
    rules: (site) => [`${ip(site)} daddr ${site.service('api').clusterIP} tcp dport 80 drop`],
  },
  {
    name: 'drop-after-dnat',
    about: 'what was translated to the server is dropped, still before the routing decision',
    place: nodeA,
    at: 'filter prerouting -90',
    rules: (site) => [`${toServer(site)} ct status dnat drop`],
  },
  {
    name: 'drop-input',
    about: 'a port of the node itself is closed',
    place: nodeB,
    at: 'filter input 10',
    rules: () => ['tcp dport 10250 drop'],
  },
  {
    name: 'drop-forward-late',
    about: 'dropped behind all tables of iptables',
    place: nodeB,
    at: 'filter forward 300',
    rules: (site) => [`${toServer(site)} drop`],
  },
  {
    name: 'drop-output-before-dnat',
    about: "the node's own packets to a service are dropped before they are translated",
    place: nodeA,
    at: 'filter output -150',
    rules: (site) => [`${ip(site)} daddr ${site.service('api').clusterIP} drop`],
  },
  {
    name: 'drop-postrouting-before-snat',
    about: 'dropped on the way out, with the source that the client has',
    place: nodeA,
    at: 'filter postrouting 50',
    rules: (site) => [`${ip(site)} saddr ${site.pod('client').ip} ${toServer(site)} drop`],
  },
  {
    name: 'drop-postrouting-after-snat',
    about: 'dropped on the way out by the source that masquerading gave',
    place: nodeA,
    at: 'filter postrouting 110',
    rules: (site) => [`${ip(site)} saddr ${site.node('node-a').ip} ${toServer(site)} drop`],
  },
  {
    name: 'drop-in-pod',
    about: "rules inside of the server's pod",
    place: (site) => site.pod('api-2'),
    at: 'filter input 0',
    rules: () => ['tcp dport 8080 drop'],
  },
  {
    name: 'policy-drop-forward',
    about: 'a firewall whose policy drops, and that lets established connections and one port in',
    place: nodeB,
    at: 'filter forward 0',
    policy: 'drop',
    rules: (site) => [
      'ct state established,related accept',
      `${toServer(site)} udp dport 5353 accept`,
      `meta l4proto ${site.pick('icmp', 'ipv6-icmp')} accept`,
    ],
  },
  {
    name: 'policy-drop-input',
    about: 'a node that answers to nothing but what it began and neighbour discovery',
    place: nodeB,
    at: 'filter input 0',
    policy: 'drop',
    rules: (site) => [
      'iifname "lo" accept',
      'ct state vmap { established : accept, related : accept, invalid : drop }',
      ...(site.family === 6
        ? ['icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } accept']
        : []),
      'tcp dport 10250 accept',
    ],
  },
  {
    name: 'policy-drop-output-in-pod',
    about: 'a pod that may only answer',
    place: (site) => site.pod('client'),
    at: 'filter output 0',
    policy: 'drop',
    rules: (site) => [
      'ct state established,related accept',
      ...(site.family === 6 ? ['icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept'] : []),
    ],
  },
  {
    name: 'dormant',
    about: 'a table that is dormant sees no packet',
    place: nodeB,
    at: 'filter forward 0',
    policy: 'drop',
    rules: () => ['drop'],
    more: () => ['flags dormant;'],
  },
  {
    name: 'accept-is-not-final',
    about: 'accepted in one chain, dropped in the next',
    place: nodeB,
    at: 'filter forward -10',
    rules: () => ['accept'],
    more: (site) => [
      'chain later {',
      'type filter hook forward priority 10; policy accept;',
      `${toServer(site)} tcp dport 8080 drop`,
      '}',
    ],
  },
  {
    name: 'equal-priorities-of-one-table',
    about: 'two chains of one priority: the later made one marks, the earlier drops what is marked',
    place: nodeB,
    at: 'filter forward 5',
    rules: (site) => [`meta mark 0x77 ${toServer(site)} drop`],
    more: (site) => [
      'chain second {',
      'type filter hook forward priority 5; policy accept;',
      `${toServer(site)} tcp dport 8080 meta mark set 0x77`,
      '}',
    ],
  },
  // Ways through chains
  {
    name: 'jump-goto-return',
    about: 'a jump comes back, a goto does not',
    place: nodeB,
    at: 'filter forward 0',
    rules: (site) => [
      `${toServer(site)} tcp dport 8080 jump first`,
      `${toServer(site)} tcp dport 8080 counter accept`,
      `${toServer(site)} udp dport 5353 goto second`,
      'drop',
    ],
    more: () => ['chain first {', 'meta l4proto udp drop', 'return', '}', 'chain second {', 'tcp dport 1 drop', '}'],
    policy: 'drop',
  },
  {
    name: 'continue-in-map',
    about: 'a verdict map that lets some ports go on',
    place: nodeB,
    at: 'filter forward 0',
    rules: () => ['tcp dport vmap { 8080 : continue, 81 : accept, 100-1000 : drop }', 'tcp dport 8080 reject'],
  },
  {
    name: 'verdict-map-by-service',
    about: 'a map of address, protocol and port',
    place: nodeA,
    at: 'filter forward 0',
    rules: (site) => [`${ip(site)} daddr . meta l4proto . th dport vmap @closed`],
    more: (site) => [
      `map closed {`,
      `type ${addr(site)} . inet_proto . inet_service : verdict`,
      `elements = { ${server(site)} . tcp . 8080 : drop, ${site.pod('api-1').ip} . udp . 5353 : goto refused }`,
      '}',
      'chain refused {',
      'reject with icmpx port-unreachable',
      '}',
    ],
  },
  {
    name: 'catch-all-element',
    about: 'a map whose star takes all other ports',
    place: nodeB,
    at: 'filter forward 0',
    rules: (site) => [`${toServer(site)} tcp dport vmap @ports`],
    more: () => ['map ports {', 'type inet_service : verdict', 'elements = { 81 : accept, * : drop }', '}'],
  },
  // Sets
  {
    name: 'set-of-clients',
    about: 'only some clients may reach the server',
    place: nodeB,
    at: 'filter forward 0',
    rules: (site) => [`${toServer(site)} ${ip(site)} saddr != @clients drop`],
    more: (site) => [
      'set clients {',
      `type ${addr(site)}`,
      `elements = { ${site.pod('client').ip}, ${site.outside.ip} }`,
      '}',
    ],
  },
  {
    name: 'set-of-networks',
    about: 'intervals of addresses',
    place: nodeB,
    at: 'filter forward 0',
    rules: (site) => [`${ip(site)} saddr @nets tcp dport 8080 drop`],
    more: (site) => [
      'set nets {',
      `type ${addr(site)}`,
      'flags interval',
      `elements = { ${site.node('node-a').podCIDR}, ${site.pick('192.168.77.0-192.168.77.9', 'fd00:77::-fd00:77::9')} }`,
      '}',
    ],
  },
  {
    name: 'set-of-networks-and-ports',
    about: 'a concatenation of network and ports',
    place: nodeB,
    at: 'filter forward 0',
    rules: (site) => [`${ip(site)} saddr . tcp dport @pairs drop`],
    more: (site) => [
      'set pairs {',
      `type ${addr(site)} . inet_service`,
      'flags interval',
      `elements = { ${site.node('node-a').podCIDR} . 8000-8100, ${site.outside.ip} . 1-100 }`,
      '}',
    ],
  },
  {
    name: 'dynamic-set-banned',
    about: 'a client that is in a set with a time-out is banned',
    place: nodeB,
    at: 'filter forward 0',
    rules: (site) => [`${ip(site)} saddr @banned tcp dport 8080 drop`],
    more: (site) => [
      'set banned {',
      `type ${addr(site)}`,
      'flags dynamic,timeout',
      'timeout 1h',
      `elements = { ${site.pod('client').ip} }`,
      '}',
    ],
  },
  {
    name: 'added-on-the-way',
    about: 'a rule adds the sender to a set that a later rule looks at',
    place: nodeB,
    at: 'filter forward 0',
    rules: (site) => [
      `tcp dport 8080 ${fromServer(site)} accept`,
      `tcp dport 8080 ${toServer(site)} add @seen { ${ip(site)} saddr }`,
      `tcp dport 8080 ${ip(site)} saddr @seen drop`,
    ],
    more: (site) => ['set seen {', `type ${addr(site)}`, 'flags dynamic', 'size 65535', '}'],
  },
  // Matches of a node
  {
    name: 'drop-new-invalid',
    about: 'new connections are not let in',
    place: nodeB,
    at: 'filter forward 0',
    rules: (site) => [`${toServer(site)} ct state new,invalid drop`],
  },
  {
    name: 'drop-replies',
    about: 'only answers are dropped',
    place: nodeA,
    at: 'filter forward 0',
    rules: (site) => [`${fromServer(site)} ct direction reply drop`],
  },
  {
    name: 'drop-syn-ack',
    about: 'dropped by TCP flags',
    place: nodeA,
    at: 'filter prerouting -160',
    rules: (site) => [`${fromServer(site)} tcp flags & (syn|ack) == syn|ack drop`],
  },
  {
    name: 'drop-original-destination',
    about: 'matched by the destination before translation',
    place: nodeA,
    at: 'filter forward 0',
    rules: (site) => [`ct original ${ip(site)} daddr ${site.service('api').clusterIP} meta l4proto tcp drop`],
  },
  {
    name: 'drop-by-interfaces',
    about: 'in by the bridge and out by the uplink, with a wildcard',
    place: nodeA,
    at: 'filter forward 0',
    rules: () => ['iifname "cni*" oifname "eth0" meta l4proto tcp drop'],
  },
  {
    name: 'drop-by-fib-type',
    about: 'addresses of the node itself',
    place: nodeA,
    at: 'filter prerouting -120',
    rules: () => ['fib daddr type local tcp dport 10250 drop'],
  },
  {
    name: 'reverse-path',
    about: 'sources that are not routed back by the way they came, as firewalld asks',
    place: nodeB,
    at: 'filter prerouting -290',
    rules: (site) => [
      ...(site.family === 6
        ? ['icmpv6 type { nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } accept']
        : []),
      'fib saddr . mark . iif oif missing drop',
    ],
    before: (site) => `${site.ip} route del ${site.node('node-a').podCIDR}`,
  },
  {
    name: 'drop-by-dscp',
    about: 'a DSCP that nobody sets but the rule before',
    place: nodeB,
    at: 'filter forward 0',
    rules: (site) => [`${toServer(site)} tcp dport 8080 ${ip(site)} dscp set ef`, `${ip(site)} dscp ef drop`],
  },
  {
    name: 'hop-limit-set',
    about: 'a rule leaves the packet one hop',
    place: nodeA,
    at: 'filter prerouting -150',
    rules: (site) => [`iifname "cni0" ${toServer(site)} ${site.pick('ip ttl', 'ip6 hoplimit')} set 2`],
  },
  {
    name: 'owner',
    about: 'what the user root sends is dropped',
    place: nodeA,
    at: 'filter output 0',
    rules: (site) => [`${toServer(site)} meta skuid 0 drop`],
  },
  // Reject
  ...(['port-unreachable', 'host-unreachable', 'no-route', 'admin-prohibited'] as const).map((code): ChainRow => ({
    name: `reject-icmpx-${code}`,
    about: `refused with ${code} of either family`,
    place: nodeB,
    at: 'filter forward 0',
    rules: (site) => [`${toServer(site)} reject with icmpx ${code}`],
  })),
  {
    name: 'reject-tcp-reset',
    about: 'refused with a reset',
    place: nodeB,
    at: 'filter forward 0',
    rules: (site) => [`${toServer(site)} meta l4proto tcp reject with tcp reset`],
  },
  {
    name: 'reject-prerouting',
    about: 'refused before the routing decision',
    place: nodeB,
    at: 'filter prerouting 0',
    rules: (site) => [`${toServer(site)} meta l4proto { tcp, udp } reject`],
  },
  {
    name: 'reject-input',
    about: 'refused at the node itself',
    place: nodeB,
    at: 'filter input 0',
    rules: () => ['tcp dport 10250 reject'],
  },
  {
    name: 'reject-output',
    about: "the node's own packets are refused",
    place: nodeA,
    at: 'filter output 0',
    rules: (site) => [`${toServer(site)} reject with icmpx admin-prohibited`],
  },
  {
    name: 'reject-by-family',
    about: 'codes of one family, in a table of it',
    place: nodeB,
    family: 'own',
    at: 'filter forward 0',
    rules: (site) => [
      `${toServer(site)} reject with ${site.pick('icmp type net-prohibited', 'icmpv6 type policy-fail')}`,
    ],
  },
  // Translation
  {
    name: 'dnat',
    about: 'a port of the node is forwarded to a pod',
    place: nodeB,
    at: 'nat prerouting -100',
    rules: (site) => [`tcp dport 10250 fib daddr type local dnat ${ip(site)} to ${target(site, 'api-2', 8080)}`],
  },
  {
    name: 'dnat-elsewhere',
    about: "a pod's address is translated to another pod",
    place: nodeA,
    at: 'nat prerouting -90',
    rules: (site) => [`${toServer(site)} tcp dport 8080 dnat ${ip(site)} to ${site.pod('api-1').ip}`],
  },
  {
    name: 'dnat-by-map',
    about: 'a map gives address and port',
    place: nodeA,
    family: 'own',
    at: 'nat prerouting -90',
    rules: (site) => [`meta l4proto tcp dnat ${ip(site)} to ${ip(site)} daddr . tcp dport map @where`],
    more: (site) => [
      'map where {',
      `type ${addr(site)} . inet_service : ${addr(site)} . inet_service`,
      `elements = { ${server(site)} . 81 : ${site.pod('api-1').ip} . 8080, ${site.pod('api-1').ip} . 81 : ${server(site)} . 8080 }`,
      '}',
    ],
  },
  {
    name: 'dnat-balanced',
    about: 'connections are spread over two servers',
    place: nodeA,
    family: 'own',
    at: 'nat prerouting -90',
    rules: (site) => [
      `tcp dport 81 dnat ${ip(site)} to numgen inc mod 2 map { 0 : ${site.pod('api-1').ip} . 8080, 1 : ${server(site)} . 8080 }`,
    ],
  },
  {
    name: 'dnat-output',
    about: "the node's own packets are translated",
    place: nodeA,
    at: 'nat output -100',
    rules: (site) => [`${toServer(site)} tcp dport 81 dnat ${ip(site)} to ${target(site, 'api-1', 8080)}`],
  },
  {
    name: 'redirect',
    about: "a transparent proxy's redirect with nothing behind it",
    place: nodeA,
    at: 'nat prerouting -101',
    rules: () => ['iifname "cni0" tcp dport 8080 redirect to :15001'],
  },
  {
    name: 'redirect-in-pod',
    about: "a sidecar's redirect inside of the server's pod",
    place: (site) => site.pod('api-2'),
    at: 'nat prerouting -100',
    rules: () => ['tcp dport 81 redirect to :8080'],
    more: () => [
      'chain own {',
      'type nat hook output priority -100; policy accept;',
      'tcp dport 81 redirect to :8080',
      '}',
    ],
  },
  {
    name: 'masquerade',
    about: 'all that leaves for the server is masqueraded',
    place: nodeA,
    at: 'nat postrouting 90',
    rules: (site) => [`${toServer(site)} masquerade`],
  },
  {
    name: 'snat',
    about: 'a source that nobody has: answers go astray',
    place: nodeA,
    at: 'nat postrouting 90',
    rules: (site) => [`${toServer(site)} snat ${ip(site)} to ${site.pick('192.168.77.200', 'fd00:77::200')}`],
    collect: 'after',
  },
  {
    name: 'snat-input',
    about: 'the source is translated for a local server',
    place: nodeB,
    at: 'nat input 100',
    rules: (site) => [`tcp dport 10250 snat ${ip(site)} to ${site.pick('192.168.77.201', 'fd00:77::201')}`],
  },
  {
    name: 'nat-chain-drops',
    about: 'a nat chain may drop, and sees only the first packet',
    place: nodeA,
    at: 'nat prerouting -99',
    rules: (site) => [`${toServer(site)} tcp dport 8080 drop`],
  },
  {
    name: 'netmap',
    about: 'a whole block is mapped onto another',
    place: nodeA,
    family: 'own',
    at: 'nat prerouting -90',
    rules: (site) => [
      `dnat ${ip(site)} prefix to ${ip(site)} daddr map { ${site.node('node-b').podCIDR} : ${site.node('node-a').podCIDR} }`,
    ],
  },
  {
    name: 'notrack',
    about: 'packets of the server are not tracked: service connections break',
    place: nodeB,
    at: 'filter prerouting -300',
    rules: (site) => [`${toServer(site)} notrack`, `${fromServer(site)} notrack`],
  },
  {
    name: 'notrack-too-late',
    about: 'behind conntrack notrack does nothing',
    place: nodeB,
    at: 'filter prerouting -150',
    rules: (site) => [`${fromServer(site)} notrack`, 'meta l4proto { tcp, udp } ct state untracked drop'],
  },
  {
    name: 'untracked-dropped',
    about: 'what is not tracked is dropped later',
    place: nodeB,
    at: 'filter prerouting -301',
    rules: (site) => [`${toServer(site)} tcp dport 8080 notrack`],
    more: () => [
      'chain later {',
      'type filter hook forward priority 0; policy accept;',
      'ct state untracked drop',
      '}',
    ],
  },
  {
    name: 'stateless-dnat',
    about: 'a header is rewritten without a connection',
    place: nodeA,
    family: 'own',
    at: 'filter prerouting -160',
    rules: (site) => [`${ip(site)} daddr ${site.pod('api-1').ip} tcp dport 81 tcp dport set 8080`],
  },
  // Marks and routes
  {
    name: 'mark-selects-table',
    about: 'a mark leads the packet into a table without a way out',
    place: nodeA,
    at: 'filter prerouting -150',
    rules: (site) => [`iifname "cni0" ${toServer(site)} tcp dport 8080 meta mark set 0x99`],
    before: byMark('blackhole'),
  },
  {
    name: 'route-chain',
    about: "a chain of type route sends the node's own packets another way",
    place: nodeA,
    at: 'route output -150',
    rules: (site) => [`${toServer(site)} tcp dport 8080 meta mark set 0x99`],
    before: byMark('unreachable'),
  },
  {
    name: 'filter-output-does-not-reroute',
    about: 'a mark in a filter chain is too late for the route',
    place: nodeA,
    at: 'filter output -150',
    rules: (site) => [`${toServer(site)} tcp dport 8080 meta mark set 0x99`],
    before: byMark('unreachable'),
  },
  {
    name: 'connection-mark',
    about: 'a connection is marked, its later packets are dropped by the mark',
    place: nodeA,
    at: 'filter forward 0',
    rules: (site) => [
      `${fromServer(site)} ct mark 0x5 drop`,
      `${toServer(site)} tcp dport 8080 ct state new ct mark set 0x5`,
    ],
  },
  {
    name: 'mark-by-map',
    about: 'a map from port to mark, and a drop by mark',
    place: nodeA,
    at: 'filter forward -10',
    rules: () => ['meta mark set tcp dport map { 8080 : 0x10, 81 : 0x20 }', 'meta mark & 0x30 == 0x10 drop'],
  },
  // What decides by chance, or is not known
  {
    name: 'drops-some',
    about: 'one connection in three is dropped',
    place: nodeB,
    at: 'filter forward 0',
    rules: (site) => [`${toServer(site)} tcp dport 8080 ct state new numgen inc mod 3 0 drop`],
  },
  {
    name: 'limit-that-does-not-matter',
    about: 'a limit before a log decides nothing',
    place: nodeB,
    at: 'filter forward 0',
    rules: (site) => ['limit rate 1/minute log prefix "seen: "', `${toServer(site)} udp dport 5353 drop`],
  },
  {
    name: 'quiet-statements',
    about: 'counters, logs, and a copy of the mark change nothing',
    place: nodeB,
    at: 'filter forward 0',
    rules: () => [
      'counter',
      'log prefix "all: "',
      'meta priority set 1:1',
      'tcp flags syn tcp option maxseg size set 1200',
      'ct mark set meta mark',
    ],
  },
  // What belongs to local sockets
  {
    name: 'socket-none',
    about: 'a rule for what a socket of the node takes, and there is none for what is forwarded',
    place: nodeA,
    at: 'filter prerouting -150',
    rules: (site) => [
      'tcp dport 8080 socket transparent { 0, 1 } drop',
      'udp dport 5353 socket wildcard { 0, 1 } drop',
      `${site.pick('icmp', 'icmpv6')} type echo-request socket transparent { 0, 1 } drop`,
    ],
  },
  {
    name: 'socket-own',
    about: "the same for a port of the node's own",
    place: nodeA,
    at: 'filter prerouting -150',
    rules: () => ['tcp dport 10250 socket wildcard { 0, 1 } drop', 'tcp dport 10251 socket transparent { 0, 1 } drop'],
  },
  {
    name: 'tproxy-no-socket',
    about: 'a transparent proxy that is not there: its rule is left',
    place: nodeA,
    at: 'filter prerouting -150',
    rules: (site) => ['meta l4proto tcp tproxy to :9999 drop', `${toServer(site)} udp dport 5353 drop`],
  },
  {
    name: 'tproxy-other-socket',
    about: "the socket that takes the proxy's connections is not transparent",
    place: nodeA,
    at: 'filter prerouting -150',
    rules: (site) => [`${toServer(site)} meta l4proto tcp tproxy ${ip(site)} to :10250 drop`],
  },
  // What ends a packet in ways that are not followed
  {
    name: 'osf',
    about: "a rule that asks for the sender's operating system",
    place: nodeB,
    at: 'filter prerouting -150',
    rules: (site) => [
      `${toServer(site)} tcp dport 8080 osf name "unknown" drop`,
      'osf name "Linux" tcp dport 10250 drop',
    ],
  },
  {
    name: 'synproxy',
    about: 'the kernel shakes hands in place of the server',
    place: nodeB,
    at: 'filter forward 0',
    more: (site) => [
      'chain untracked {',
      'type filter hook prerouting priority -300;',
      `${toServer(site)} tcp dport 8080 tcp flags syn notrack`,
      '}',
    ],
    rules: (site) => [
      `${toServer(site)} tcp dport 8080 ct state invalid,untracked synproxy mss 1460 wscale 7 timestamp sack-perm`,
    ],
  },
  {
    name: 'dup',
    about: 'a copy of each datagram is sent to another node',
    place: nodeA,
    at: 'filter prerouting -150',
    family: 'own',
    rules: (site) => [`${toServer(site)} udp dport 5353 dup to ${site.node('node-b').ip} device "eth0"`],
  },
];

/** What firewalls and container engines load, in their shape. */
const WHOLE: readonly Scenario[] = [
  {
    name: 'nft-firewalld-like',
    about: 'zones by interface as firewalld has them, the pods in none',
    wiring: 'host-gw',
    pairing: 'one',
    backends: BACKENDS,
    change: (site) => [
      {
        in: site.node('node-b'),
        sh: load([
          'table inet firewalld {',
          'chain filter_INPUT {',
          'type filter hook input priority 10; policy accept;',
          'ct state { established, related } accept',
          'ct status dnat accept',
          'iifname "lo" accept',
          // else a pod reaches its gateway only while it remembers what the node asked it
          'icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept',
          'iifname "eth0" goto filter_IN_public',
          'reject with icmpx admin-prohibited',
          '}',
          'chain filter_FORWARD {',
          'type filter hook forward priority 10; policy accept;',
          'ct state { established, related } accept',
          'ct status dnat accept',
          'iifname "lo" accept',
          'jump filter_FORWARD_POLICIES',
          'reject with icmpx admin-prohibited',
          '}',
          'chain filter_FORWARD_POLICIES {',
          'iifname "eth0" oifname "cni0" goto filter_FWD_public',
          'iifname "cni0" accept',
          '}',
          'chain filter_FWD_public {',
          'udp dport 5353 accept',
          'return',
          '}',
          'chain filter_IN_public {',
          'tcp dport 10250 ct state { new, untracked } accept',
          `meta l4proto { icmp, ipv6-icmp } accept`,
          'reject with icmpx admin-prohibited',
          '}',
          '}',
        ]),
      },
    ],
  },
  {
    name: 'nft-docker-like',
    about: 'a port that a container engine publishes on the node',
    wiring: 'host-gw',
    pairing: 'one',
    backends: BACKENDS,
    change: (site) => [
      {
        in: site.node('node-b'),
        sh: load([
          `table ${ip(site)} engine {`,
          'chain prerouting {',
          'type nat hook prerouting priority -100; policy accept;',
          'fib daddr type local jump published',
          '}',
          'chain output {',
          'type nat hook output priority -100; policy accept;',
          `${site.pick('ip daddr != 127.0.0.0/8', 'ip6 daddr != ::1')} fib daddr type local jump published`,
          '}',
          'chain published {',
          `iifname != "docker0" tcp dport 10250 dnat to ${target(site, 'api-2', 8080)}`,
          '}',
          'chain postrouting {',
          'type nat hook postrouting priority 100; policy accept;',
          `oifname "cni0" ${ip(site)} saddr ${site.node('node-b').podCIDR} masquerade`,
          '}',
          'chain forward {',
          'type filter hook forward priority 0; policy accept;',
          'ct state vmap { established : accept, related : accept }',
          `iifname "cni0" oifname != "cni0" accept`,
          '}',
          '}',
        ]),
      },
    ],
  },
  {
    name: 'nft-two-tables-of-one-priority',
    about: 'two tables drop and refuse the same packet: which is first is not to be seen',
    wiring: 'host-gw',
    pairing: 'one',
    backends: BACKENDS,
    change: (site) => [
      {
        in: site.node('node-b'),
        sh: load([
          'table inet one {',
          'chain forward {',
          'type filter hook forward priority 20; policy accept;',
          `${toServer(site)} tcp dport 8080 drop`,
          '}',
          '}',
          'table inet two {',
          'chain forward {',
          'type filter hook forward priority 20; policy accept;',
          `${toServer(site)} tcp dport 8080 counter drop`,
          `${toServer(site)} udp dport 5353 drop`,
          '}',
          '}',
        ]),
      },
    ],
  },
];

export const NFTABLES: readonly Scenario[] = [...ROWS.map(scenarioOf), ...WHOLE];

function scenarioOf(row: ChainRow): Scenario {
  return {
    name: `nft-${row.name}`,
    about: row.about,
    wiring: row.wiring ?? 'host-gw',
    pairing: 'one',
    backends: BACKENDS,
    ...(row.collect === undefined ? {} : { collect: row.collect }),
    change: (site) => [
      {
        in: row.place(site),
        sh: [...(row.before === undefined ? [] : [row.before(site)]), load(tableOf(site, row))].join('\n'),
      },
    ],
  };
}

function tableOf(site: Site, { at, policy, rules, more, family }: ChainRow): readonly string[] {
  const [type, hook, priority] = at.split(' ');
  const own = more?.(site) ?? [];
  const named = own.flatMap((line, i) =>
    line.startsWith('chain ') && !own[i + 1]!.startsWith('type') ? [line, '}'] : [],
  );
  const head = `table ${family === 'own' ? ip(site) : 'inet'} lab {`;
  return [
    // What a map or a jump names has to be there before.
    ...(named.length === 0 ? [] : [head, ...named, '}']),
    head,
    ...own.filter((_, i) => isOfSet(own, i)),
    'chain base {',
    `type ${type} hook ${hook} priority ${priority}; policy ${policy ?? 'accept'};`,
    ...rules(site),
    '}',
    ...own.filter((_, i) => !isOfSet(own, i)),
    '}',
  ];
}

/** Lines from a set's or map's head to its end. */
function isOfSet(lines: readonly string[], at: number): boolean {
  for (let i = at; i >= 0; i--) {
    if (/^(?:set|map) /.test(lines[i]!)) return true;
    if (i < at && lines[i] === '}') return false;
    if (lines[i]!.startsWith('chain ')) return false;
  }
  return false;
}

const load = (lines: readonly string[]): string => `nft -f - <<'RULES'\n${lines.join('\n')}\nRULES`;
