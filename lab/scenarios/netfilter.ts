/** Rules that drop, reject, rewrite or forget: each hook, each table, each kind. */
import type { Family } from '../../src/model/index.ts';
import type { Scenario } from '../scenario.ts';
import type { Site, SiteNode, SitePod } from '../site.ts';

/** One rule put in at the front: `[table] CHAIN match…`. */
interface RuleRow {
  readonly name: string;
  readonly about: string;
  readonly place: (site: Site) => SiteNode | SitePod;
  readonly rule: (site: Site) => string;
  readonly table?: string;
  readonly chain: string;
  readonly families?: readonly Family[];
  readonly wiring?: Scenario['wiring'];
  readonly before?: (site: Site) => string;
  /** What neighbours have learned of each other by the probes decides. */
  readonly collect?: 'after';
  readonly needsRoot?: string;
}

const nodeA = (site: Site): SiteNode => site.node('node-a');
const nodeB = (site: Site): SiteNode => site.node('node-b');
const toServer = (site: Site): string => `-d ${site.pod('api-2').host}`;
const fromServer = (site: Site): string => `-s ${site.pod('api-2').host}`;

const DROPS: readonly RuleRow[] = [
  {
    name: 'drop-raw-prerouting',
    about: 'dropped before connection tracking',
    place: nodeB,
    table: 'raw',
    chain: 'PREROUTING',
    rule: (site) => `${toServer(site)} -p tcp --dport 8080 -j DROP`,
  },
  {
    name: 'drop-mangle-prerouting',
    about: 'dropped before the routing decision',
    place: nodeA,
    table: 'mangle',
    chain: 'PREROUTING',
    rule: (site) => `${toServer(site)} -j DROP`,
  },
  {
    name: 'drop-mangle-forward',
    about: 'dropped in mangle FORWARD',
    place: nodeA,
    table: 'mangle',
    chain: 'FORWARD',
    rule: (site) => `${toServer(site)} -p tcp -j DROP`,
  },
  {
    name: 'drop-filter-forward',
    about: 'dropped in filter FORWARD',
    place: nodeB,
    chain: 'FORWARD',
    rule: (site) => `${toServer(site)} -p tcp --dport 8080 -j DROP`,
  },
  {
    name: 'queue-without-reader',
    about: 'a rule of FORWARD hands to a program that is not there: the kernel drops',
    place: nodeB,
    chain: 'FORWARD',
    rule: (site) => `${toServer(site)} -j NFQUEUE --queue-num 5`,
  },
  {
    name: 'queue-without-reader-output',
    about: 'the same in OUTPUT, where the call of the sender is told nothing',
    place: (site) => site.pod('client'),
    chain: 'OUTPUT',
    rule: (site) => `${toServer(site)} -j NFQUEUE --queue-balance 5:7`,
  },
  {
    name: 'queue-bypassed',
    about: 'a rule that does without the program lets pass what the next rule would drop',
    place: nodeB,
    chain: 'FORWARD',
    before: (site) => `${site.iptables} -I FORWARD ${toServer(site)} -j DROP`,
    rule: (site) => `${toServer(site)} -p tcp -j NFQUEUE --queue-num 5 --queue-bypass`,
  },
  {
    name: 'tunnel-source-rewritten-on-arrival',
    about:
      'NAT rewrites a tunnel packet with a UDP checksum in the host that unwraps it, where nobody looks at it any more',
    place: nodeB,
    wiring: 'vxlan',
    table: 'nat',
    chain: 'INPUT',
    rule: (site) => `-p udp --dport 8472 -j SNAT --to-source ${site.pod('client').ip}`,
  },
  {
    name: 'tunnel-source-rewritten-to-the-receivers',
    about:
      'a tunnel packet leaves with the address of the node that it is for, which takes it for no stranger, whatever its checksum',
    place: nodeA,
    wiring: 'vxlan',
    table: 'nat',
    chain: 'POSTROUTING',
    families: [4],
    rule: (site) => `-p udp --dport 8472 -j SNAT --to-source ${site.node('node-b').ip}`,
  },
  {
    name: 'drop-until-a-day',
    about: 'dropped until a day that has not come',
    place: nodeB,
    chain: 'FORWARD',
    rule: (site) => `${toServer(site)} -p tcp -m time --datestop 2037-01-01T00:00:00 -j DROP`,
  },
  {
    name: 'drop-until-a-day-that-was',
    about: 'a rule that drops until a day that is over',
    place: nodeB,
    chain: 'FORWARD',
    rule: (site) => `${toServer(site)} -p tcp -m time --datestop 2020-01-01T00:00:00 -j DROP`,
  },
  {
    name: 'drop-security-forward',
    about: 'dropped in security FORWARD',
    place: nodeB,
    table: 'security',
    chain: 'FORWARD',
    rule: (site) => `${toServer(site)} -j DROP`,
  },
  {
    name: 'drop-mangle-postrouting',
    about: 'dropped in mangle POSTROUTING, after the destination was rewritten',
    place: nodeA,
    table: 'mangle',
    chain: 'POSTROUTING',
    rule: (site) => `${toServer(site)} -p tcp -j DROP`,
  },
  {
    name: 'drop-mangle-input',
    about: 'dropped in mangle INPUT of the node',
    place: nodeA,
    table: 'mangle',
    chain: 'INPUT',
    rule: () => '-p tcp --dport 10250 -j DROP',
  },
  {
    name: 'drop-filter-input',
    about: 'dropped in filter INPUT of the node',
    place: nodeB,
    chain: 'INPUT',
    rule: () => '-p tcp --dport 10250 -j DROP',
  },
  {
    name: 'drop-security-input',
    about: 'dropped in security INPUT of the node',
    place: nodeB,
    table: 'security',
    chain: 'INPUT',
    rule: () => '-p tcp --dport 10250 -j DROP',
  },
  {
    name: 'drop-raw-output',
    about: 'dropped in raw OUTPUT of the node',
    place: nodeA,
    table: 'raw',
    chain: 'OUTPUT',
    rule: (site) => `${toServer(site)} -p tcp -j DROP`,
  },
  {
    name: 'drop-mangle-output',
    about: 'dropped in mangle OUTPUT of the node',
    place: nodeA,
    table: 'mangle',
    chain: 'OUTPUT',
    rule: (site) => `${toServer(site)} -p tcp -j DROP`,
  },
  {
    name: 'drop-security-output',
    about: 'dropped in security OUTPUT of the node, after the destination was rewritten',
    place: nodeA,
    table: 'security',
    chain: 'OUTPUT',
    rule: (site) => `${toServer(site)} -j DROP`,
  },
  {
    name: 'drop-filter-output',
    about: 'dropped in filter OUTPUT of the node',
    place: nodeA,
    chain: 'OUTPUT',
    rule: (site) => `${toServer(site)} -j DROP`,
  },
  {
    name: 'drop-input-in-pod',
    about: "rules inside of the server's pod",
    place: (site) => site.pod('api-2'),
    chain: 'INPUT',
    rule: () => '-p tcp --dport 8080 -j DROP',
  },
  {
    name: 'drop-output-in-pod',
    about: "rules inside of the client's pod",
    place: (site) => site.pod('client'),
    chain: 'OUTPUT',
    rule: () => '-p tcp --dport 8080 -j DROP',
  },
  {
    name: 'drop-reply-forward',
    about: "the answer is dropped on the server's node",
    place: nodeB,
    chain: 'FORWARD',
    rule: (site) => `${fromServer(site)} -p tcp --sport 8080 -j DROP`,
  },
  {
    name: 'drop-reply-prerouting',
    about: "the answer is dropped on the client's node",
    place: nodeA,
    table: 'mangle',
    chain: 'PREROUTING',
    rule: (site) => `${fromServer(site)} -p tcp --tcp-flags SYN,ACK SYN,ACK -j DROP`,
  },
  {
    name: 'drop-reply-output-in-pod',
    about: "the server's pod drops its own answers",
    place: (site) => site.pod('api-2'),
    chain: 'OUTPUT',
    rule: () => '-p tcp --sport 8080 -j DROP',
  },
  {
    name: 'drop-invalid-and-new',
    about: 'new connections are not let in',
    place: nodeB,
    chain: 'FORWARD',
    rule: (site) => `${toServer(site)} -m conntrack --ctstate NEW,INVALID -j DROP`,
  },
  {
    name: 'drop-established',
    about: 'only the answers of connections are dropped',
    place: nodeA,
    chain: 'FORWARD',
    rule: (site) => `${fromServer(site)} -m state --state ESTABLISHED -j DROP`,
  },
  {
    name: 'drop-dnat-state',
    about: 'only what was translated is dropped',
    place: nodeA,
    chain: 'FORWARD',
    rule: () => '-m conntrack --ctstate DNAT -j DROP',
  },
  {
    name: 'drop-original-destination',
    about: 'matched by the destination before translation',
    place: nodeA,
    chain: 'FORWARD',
    rule: (site) => `-p tcp -m conntrack --ctorigdst ${site.service('api').clusterIP} -j DROP`,
  },
  {
    name: 'drop-by-ports',
    about: 'a list of ports',
    place: nodeB,
    chain: 'FORWARD',
    rule: () => '-p tcp -m multiport --dports 22,8000:8100 -j DROP',
  },
  {
    name: 'drop-by-range',
    about: 'a range of sources',
    place: nodeB,
    chain: 'FORWARD',
    rule: (site) => `-m iprange --src-range ${site.pick('10.77.0.1-10.77.0.2', 'fd77::1-fd77::2')} -j DROP`,
  },
  {
    name: 'drop-by-mac',
    about: "the sender's MAC",
    place: nodeA,
    chain: 'FORWARD',
    rule: (site) => `-m mac --mac-source ${site.pod('client').mac} -j DROP`,
  },
  {
    name: 'drop-by-physdev',
    collect: 'after',
    about: 'the bridge port that the packet came in by',
    place: nodeA,
    chain: 'FORWARD',
    rule: (site) => `-m physdev --physdev-in ${site.pod('client').veth} -j DROP`,
  },
  {
    name: 'drop-bridged',
    about: 'only bridged packets',
    place: nodeA,
    chain: 'FORWARD',
    rule: () => '-m physdev --physdev-is-bridged -j DROP',
  },
  {
    name: 'drop-by-interfaces',
    about: 'in by the bridge and out by the uplink, with a wildcard',
    place: nodeA,
    chain: 'FORWARD',
    rule: () => '-i cni+ -o eth0 -p tcp -j DROP',
  },
  {
    name: 'drop-by-addrtype',
    about: 'addresses of the node itself',
    place: nodeA,
    table: 'mangle',
    chain: 'PREROUTING',
    rule: () => '-m addrtype --dst-type LOCAL -p tcp --dport 10250 -j DROP',
  },
  {
    name: 'drop-by-length',
    about: 'packets of a size that no handshake has',
    place: nodeA,
    chain: 'FORWARD',
    rule: () => '-p tcp -m length --length 20:39 -j DROP',
  },
  {
    name: 'drop-by-ttl',
    about: 'packets that have been forwarded already',
    place: nodeB,
    chain: 'FORWARD',
    rule: (site) =>
      site.pick('-m ttl --ttl-lt 64 -p tcp --dport 8080 -j DROP', '-m hl --hl-lt 64 -p tcp --dport 8080 -j DROP'),
  },
  {
    name: 'drop-by-rpfilter',
    about: 'reverse path by rule: nothing is wrong',
    place: nodeB,
    table: 'raw',
    chain: 'PREROUTING',
    rule: () => '-m rpfilter --invert -j DROP',
  },
  { name: 'drop-by-syn', about: 'handshakes only', place: nodeB, chain: 'FORWARD', rule: () => '-p tcp --syn -j DROP' },
  {
    name: 'drop-by-segment-size',
    about: 'handshakes of who takes segments as large as his own device does',
    place: nodeB,
    chain: 'FORWARD',
    rule: (site) => `-s ${site.pod('client').host} -p tcp --syn -m tcpmss --mss ${site.pick('1460', '1440')} -j DROP`,
  },
  {
    name: 'drop-by-u32',
    about: 'a destination port by its place in the packet',
    place: nodeB,
    chain: 'FORWARD',
    rule: (site) => `-p tcp --syn -m u32 --u32 "${site.pick('0>>22&0x3c@0&0xffff=8080', '40&0xffff=8080')}" -j DROP`,
  },
  {
    name: 'drop-by-bpf',
    about: 'the same by a program',
    place: nodeB,
    chain: 'FORWARD',
    rule: (site) =>
      site.pick(
        '-p tcp --syn -m bpf --bytecode "7,48 0 0 9,21 0 3 6,177 0 0 0,72 0 0 2,21 1 0 8080,6 0 0 0,6 0 0 65535" -j DROP',
        '-p tcp --syn -m bpf --bytecode "6,48 0 0 6,21 0 2 6,40 0 0 42,21 1 0 8080,6 0 0 0,6 0 0 65535" -j DROP',
      ),
  },
  {
    name: 'drop-not-source',
    about: 'everybody but one',
    place: nodeB,
    chain: 'FORWARD',
    rule: (site) => `! -s ${site.pod('client').host} ${toServer(site)} -j DROP`,
  },
  {
    name: 'drop-by-set',
    about: 'a set that the client is in',
    place: nodeB,
    chain: 'FORWARD',
    before: (site) =>
      `ipset create blocked hash:ip family ${site.pick('inet', 'inet6')}; ipset add blocked ${site.pod('client').ip}`,
    rule: () => '-m set --match-set blocked src -j DROP',
  },
  {
    name: 'drop-not-in-set',
    about: 'a set of the allowed that the client is missing from',
    place: nodeB,
    chain: 'FORWARD',
    before: (site) =>
      `ipset create allowed hash:net family ${site.pick('inet', 'inet6')}; ipset add allowed ${site.pod('api-1').host}; ipset add allowed ${site.node('node-b').podCIDR}`,
    rule: (site) => `${toServer(site)} -m set ! --match-set allowed src -j DROP`,
  },
  {
    name: 'drop-by-set-of-pairs',
    about: 'a set of address and port',
    place: nodeA,
    chain: 'FORWARD',
    before: (site) =>
      `ipset create pairs hash:ip,port family ${site.pick('inet', 'inet6')}; ipset add pairs ${site.pod('api-2').ip},tcp:8080; ipset add pairs ${site.pod('api-2').ip},udp:53`,
    rule: () => '-m set --match-set pairs dst,dst -j DROP',
  },
  {
    name: 'drop-by-set-nomatch',
    about: 'a set of blocks with an exception',
    place: nodeB,
    chain: 'FORWARD',
    before: (site) =>
      `ipset create blocks hash:net family ${site.pick('inet', 'inet6')}; ipset add blocks ${site.node('node-a').podCIDR}; ipset add blocks ${site.pod('client').host} nomatch`,
    rule: () => '-m set --match-set blocks src -j DROP',
  },
  {
    name: 'drop-by-connmark',
    about: 'a mark that was saved to the connection',
    place: nodeA,
    table: 'mangle',
    chain: 'POSTROUTING',
    before: (site) => `${site.iptables} -t mangle -A PREROUTING -p tcp --dport 8080 -j CONNMARK --set-mark 5`,
    rule: () => '-m connmark --mark 5 -j DROP',
  },
  {
    name: 'drop-half',
    about: 'every second packet, by chance',
    place: nodeB,
    chain: 'FORWARD',
    rule: (site) => `${toServer(site)} -p tcp --syn -m statistic --mode random --probability 0.5 -j DROP`,
  },
  {
    name: 'harmless-limit',
    about: 'a generous limit in front of an accept',
    place: nodeB,
    chain: 'FORWARD',
    rule: () => '-p tcp --syn -m limit --limit 1000/s --limit-burst 2000 -j ACCEPT',
  },
  {
    name: 'harmless-log',
    about: 'rules that only count, mark or log',
    place: nodeB,
    chain: 'FORWARD',
    rule: () => '-p tcp -j NFLOG --nflog-group 7',
  },
  {
    name: 'owner-root-only',
    about: "a rule for another user's sockets",
    place: nodeA,
    chain: 'OUTPUT',
    rule: () => '-m owner --uid-owner 4711 -j DROP',
    needsRoot: 'its rule names a user that a user namespace does not have',
  },
];

const REJECTS: readonly (readonly [string, string | undefined, string | undefined])[] = [
  ['port-unreachable', 'icmp-port-unreachable', 'icmp6-port-unreachable'],
  ['admin-prohibited', 'icmp-admin-prohibited', 'icmp6-adm-prohibited'],
  ['no-route', 'icmp-net-unreachable', 'icmp6-no-route'],
  ['address-unreachable', 'icmp-host-unreachable', 'icmp6-addr-unreachable'],
  ['host-prohibited', 'icmp-host-prohibited', undefined],
  ['net-prohibited', 'icmp-net-prohibited', undefined],
  ['proto-unreachable', 'icmp-proto-unreachable', undefined],
  ['policy-fail', undefined, 'icmp6-policy-fail'],
  ['reject-route', undefined, 'icmp6-reject-route'],
  ['tcp-reset', 'tcp-reset', 'tcp-reset'],
];

const families = (v4: boolean, v6: boolean): readonly Family[] => [
  ...(v4 ? [4 as const] : []),
  ...(v6 ? [6 as const] : []),
];

export const NETFILTER: readonly Scenario[] = [
  ...DROPS.map((row): Scenario => ({
    name: row.name,
    about: row.about,
    wiring: row.wiring ?? 'host-gw',
    pairing: row.name.startsWith('drop-by-') || row.name.startsWith('harmless') ? 'one' : 'diagonal',
    ...(row.families ? { families: row.families } : {}),
    ...(row.collect ? { collect: row.collect } : {}),
    ...(row.needsRoot ? { needsRoot: row.needsRoot } : {}),
    change: (site) => [
      ...(row.before ? [{ in: row.place(site), sh: row.before(site) }] : []),
      { in: row.place(site), sh: `${site.iptables} -t ${row.table ?? 'filter'} -I ${row.chain} ${row.rule(site)}` },
    ],
  })),
  ...REJECTS.map(([name, v4, v6]): Scenario => ({
    name: `reject-${name}`,
    about: `rejected on the way with ${name}`,
    wiring: 'host-gw',
    pairing: 'diagonal',
    families: families(v4 !== undefined, v6 !== undefined),
    change: (site) => [
      {
        in: nodeB(site),
        sh: `${site.iptables} -I FORWARD ${toServer(site)} -p tcp --dport 8080 -j REJECT --reject-with ${site.pick(v4 ?? '', v6 ?? '')}`,
      },
    ],
  })),
  {
    name: 'reject-in-output',
    about: "the node's own packets are rejected before they leave",
    pairing: 'diagonal',
    wiring: 'vxlan',
    change: (site) => [{ in: nodeA(site), sh: `${site.iptables} -I OUTPUT ${toServer(site)} -j REJECT` }],
  },
  {
    name: 'reject-in-input',
    about: 'the node rejects',
    pairing: 'diagonal',
    wiring: 'bridge',
    change: (site) => [
      { in: nodeB(site), sh: `${site.iptables} -I INPUT -p tcp --dport 10250 -j REJECT --reject-with tcp-reset` },
    ],
  },
  {
    name: 'forward-policy-drop',
    about: 'FORWARD policy DROP, as Docker sets it, without anything that accepts the pods',
    pairing: 'diagonal',
    wiring: 'bridge',
    change: (site) => [{ in: nodeA(site), sh: `${site.iptables} -P FORWARD DROP` }],
  },
  {
    name: 'forward-policy-drop-with-flannel',
    about: "FORWARD policy DROP is answered by flannel's own rules",
    pairing: 'diagonal',
    wiring: 'vxlan',
    change: (site) => site.nodes.map((node) => ({ in: node, sh: `${site.iptables} -P FORWARD DROP` })),
  },
  {
    name: 'input-policy-drop',
    about: 'a host firewall that lets in only what was asked for',
    pairing: 'diagonal',
    wiring: 'host-gw',
    change: (site) => [
      {
        in: nodeB(site),
        sh: `${site.iptables} -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT; ${site.iptables} -A INPUT -i lo -j ACCEPT; ${site.iptables} -A INPUT -p ${site.pick('icmp', 'ipv6-icmp')} -j ACCEPT; ${site.iptables} -P INPUT DROP`,
      },
    ],
  },
  {
    name: 'discovery-barred-in-pod',
    about: "the server's pod neither asks nor answers for IPv6 neighbours: its rules drop the questions",
    wiring: 'host-gw',
    families: [6],
    change: (site) => [
      {
        in: site.pod('api-2'),
        // in both directions, else who asks first teaches the other
        sh: ['INPUT', 'OUTPUT']
          .map((chain) => `${site.iptables} -I ${chain} -p icmpv6 --icmpv6-type neighbour-solicitation -j DROP`)
          .join('; '),
      },
    ],
  },
  {
    name: 'both-back-ends',
    about: 'rules of the other back end are there too, and one of them drops',
    wiring: 'host-gw',
    change: (site) => [
      {
        in: nodeB(site),
        sh: `${site.pick('iptables', 'ip6tables')}-${site.backend === 'nft' ? 'legacy' : 'nft'} -A FORWARD ${toServer(site)} -p tcp --dport 8080 -j DROP`,
      },
    ],
  },
  {
    name: 'chains-return-and-goto',
    about: 'RETURN from a nested chain, goto that does not come back',
    wiring: 'host-gw',
    change: (site) => [
      {
        in: nodeB(site),
        sh: [
          `${site.iptables} -N OUTER; ${site.iptables} -N INNER; ${site.iptables} -N ASIDE`,
          `${site.iptables} -I FORWARD -j OUTER`,
          `${site.iptables} -A OUTER ${toServer(site)} -j INNER`,
          `${site.iptables} -A OUTER -p udp -g ASIDE`,
          `${site.iptables} -A OUTER -p tcp --dport 8080 -j DROP`,
          `${site.iptables} -A INNER -s ${site.pod('client').host} -j RETURN`,
          `${site.iptables} -A INNER -p tcp -j ACCEPT`,
          `${site.iptables} -A ASIDE -s ${site.pod('client').host} -j DROP`,
          `${site.iptables} -A ASIDE -j RETURN`,
        ].join('; '),
      },
    ],
  },
  {
    name: 'notrack-breaks-service',
    about: 'untracked packets are not translated',
    wiring: 'host-gw',
    change: (site) => [
      {
        in: nodeA(site),
        sh: `${site.iptables} -t raw -I PREROUTING -s ${site.pod('client').host} -p tcp -j CT --notrack`,
      },
    ],
  },
  {
    name: 'notrack-reply-dropped',
    about: 'the request is not tracked, the answer is dropped as not asked for',
    pairing: 'diagonal',
    wiring: 'host-gw',
    change: (site) => [
      {
        in: nodeB(site),
        sh: `${site.iptables} -t raw -I PREROUTING ${toServer(site)} -p tcp -j NOTRACK; ${site.iptables} -I FORWARD ${fromServer(site)} -p tcp -m conntrack --ctstate INVALID,NEW -j DROP`,
      },
    ],
  },
  {
    name: 'asymmetric-invalid',
    about: 'the answer takes another node that has not seen the request and drops it as invalid',
    pairing: 'diagonal',
    wiring: 'host-gw',
    nodes: ['node-a', 'node-b', 'node-c'],
    change: (site) => [
      { in: nodeB(site), sh: `${site.ip} route add ${site.pod('client').host} via ${site.node('node-c').ip}` },
      {
        in: site.node('node-c'),
        sh: `echo 0 > /proc/sys/net/netfilter/nf_conntrack_tcp_loose; ${site.iptables} -I FORWARD -m conntrack --ctstate INVALID -j DROP`,
      },
    ],
  },
  {
    name: 'conntrack-zones-apart',
    about: 'the two directions are tracked in different zones',
    pairing: 'diagonal',
    wiring: 'host-gw',
    change: (site) => [
      {
        in: nodeA(site),
        sh: `${site.iptables} -t raw -I PREROUTING -i cni0 -s ${site.pod('client').host} -j CT --zone 5`,
      },
    ],
  },
  {
    name: 'snat-to-foreign-address',
    about: 'the source becomes an address whose answers go elsewhere',
    pairing: 'diagonal',
    wiring: 'host-gw',
    change: (site) => [
      {
        in: nodeA(site),
        sh: `${site.iptables} -t nat -I POSTROUTING -s ${site.pod('client').host} ${toServer(site)} -j SNAT --to-source ${site.pick('192.168.77.99', 'fd00:77::99')}`,
      },
    ],
  },
  {
    name: 'snat-to-node',
    about: "the source becomes the node's address",
    pairing: 'diagonal',
    wiring: 'vxlan',
    change: (site) => [
      {
        in: nodeA(site),
        sh: `${site.iptables} -t nat -I POSTROUTING -s ${site.pod('client').host} ${toServer(site)} -j SNAT --to-source ${nodeA(site).ip}`,
      },
    ],
  },
  {
    name: 'dnat-by-hand',
    about: "a forgotten port forward takes a node's port to a pod",
    pairing: 'diagonal',
    wiring: 'host-gw',
    change: (site) => [
      {
        in: nodeB(site),
        sh: `${site.iptables} -t nat -I PREROUTING -p tcp --dport 10250 -j DNAT --to-destination ${site.pick(`${site.pod('api-2').ip}:8080`, `[${site.pod('api-2').ip}]:8080`)}`,
      },
    ],
  },
  {
    name: 'redirect-to-local-proxy',
    about: "a transparent proxy's redirect with nothing behind it",
    pairing: 'diagonal',
    wiring: 'host-gw',
    change: (site) => [
      {
        in: nodeA(site),
        sh: `${site.iptables} -t nat -I PREROUTING -i cni0 -p tcp --dport 8080 -j REDIRECT --to-ports 15001`,
      },
    ],
  },
  {
    name: 'redirect-in-pod',
    about: "a sidecar's redirect inside of the server's pod",
    pairing: 'diagonal',
    wiring: 'vxlan',
    change: (site) => [
      {
        in: site.pod('api-2'),
        sh: `${site.iptables} -t nat -A PREROUTING -p tcp --dport 81 -j REDIRECT --to-ports 8080; ${site.iptables} -t nat -A OUTPUT -p tcp --dport 81 -j REDIRECT --to-ports 8080`,
      },
    ],
  },
  {
    name: 'netmap',
    about: 'a whole block is mapped onto another',
    pairing: 'diagonal',
    wiring: 'host-gw',
    change: (site) => [
      {
        in: nodeA(site),
        sh: `${site.iptables} -t nat -I PREROUTING -d ${site.node('node-b').podCIDR} -j NETMAP --to ${site.node('node-a').podCIDR}`,
      },
    ],
  },
  {
    name: 'hop-limit-set-to-one',
    about: 'a rule sets the TTL to 1: the next node does not forward',
    pairing: 'diagonal',
    wiring: 'host-gw',
    change: (site) => [
      {
        in: nodeA(site),
        sh: `${site.iptables} -t mangle -A PREROUTING -i cni0 ${toServer(site)} ${site.pick('-j TTL --ttl-set 2', '-j HL --hl-set 2')}`,
      },
    ],
  },
  {
    name: 'tos-selects-table',
    about: 'a rule sets the DSCP, a policy rule asks for it',
    pairing: 'diagonal',
    wiring: 'host-gw',
    families: [4],
    change: (site) => [
      {
        in: nodeA(site),
        sh: `${site.iptables} -t mangle -A PREROUTING -p tcp --dport 8080 -j TOS --set-tos 0x10; ip route add blackhole default table 100; ip rule add tos 0x10 lookup 100 pref 100`,
      },
    ],
  },
  {
    name: 'ufw-like',
    about: 'chains with many jumps, as ufw writes them, and routed traffic denied',
    pairing: 'diagonal',
    wiring: 'host-gw',
    change: (site) => [
      {
        in: nodeB(site),
        sh: [
          ...['before', 'user', 'after'].map(
            (part) => `${site.iptables} -N ufw-${part}-forward; ${site.iptables} -A FORWARD -j ufw-${part}-forward`,
          ),
          `${site.iptables} -N ufw-skip; ${site.iptables} -A ufw-before-forward -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`,
          `${site.iptables} -A ufw-before-forward -p ${site.pick('icmp --icmp-type echo-request', 'icmpv6 --icmpv6-type echo-request')} -j ACCEPT`,
          `${site.iptables} -A ufw-user-forward -p udp -m udp --dport 5353 -j ACCEPT`,
          `${site.iptables} -A ufw-after-forward -m limit --limit 3/min --limit-burst 10 -j NFLOG --nflog-prefix "[UFW BLOCK] "`,
          `${site.iptables} -A ufw-after-forward -j ufw-skip; ${site.iptables} -A ufw-skip -j REJECT`,
          `${site.iptables} -D FORWARD -m comment --comment "flanneld forward" -j FLANNEL-FWD`,
        ].join('; '),
      },
    ],
  },
  {
    name: 'masquerade-missing',
    about: 'pods reach outside addresses with their own',
    hasOutsideProbes: true,
    pairing: 'diagonal',
    wiring: 'vxlan',
    change: (site) => site.nodes.map((node) => ({ in: node, sh: `${site.iptables} -t nat -F FLANNEL-POSTRTG` })),
  },
];
