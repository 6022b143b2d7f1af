/** nftables' chains of family bridge on the pods' bridge: each hook, each priority, with bridge-nf and without. */
import type { Scenario } from '../scenario.ts';
import type { Site, SiteNode } from '../site.ts';

interface Row {
  readonly name: string;
  readonly about: string;
  /** Hook and priority. */
  readonly at: string;
  readonly policy?: 'drop';
  readonly rules: (site: Site) => readonly string[];
  /** Sets and other chains, one line each. */
  readonly more?: (site: Site) => readonly string[];
  readonly wiring?: Scenario['wiring'];
  /** bridge-nf-call-iptables off. */
  readonly isAlone?: true;
}

const nodeA = (site: Site): SiteNode => site.node('node-a');
const ip = (site: Site): string => site.pick('ip', 'ip6');
const toApi = (site: Site): string => `${ip(site)} daddr ${site.pod('api-1').ip}`;
const ARP_PASSES = ['ether type arp accept', 'icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept'];

const ROWS: readonly Row[] = [
  {
    name: 'prerouting-early',
    about: 'dropped before iptables sees it',
    at: 'prerouting -300',
    rules: (site) => [`${toApi(site)} tcp dport 8080 drop`],
  },
  {
    name: 'prerouting-service',
    about: "dropped by a service's address, which is translated only later",
    at: 'prerouting -200',
    rules: (site) => [`${ip(site)} daddr ${site.service('api').clusterIP} drop`],
  },
  {
    name: 'prerouting-late',
    about: 'the chain stands behind iptables',
    at: 'prerouting 100',
    rules: (site) => [`${toApi(site)} udp dport 5353 drop`],
  },
  {
    name: 'forward',
    about: 'what goes from port to port',
    at: 'forward -200',
    rules: (site) => [`${toApi(site)} meta l4proto tcp drop`],
  },
  {
    name: 'forward-late',
    about: 'what goes from port to port, behind iptables',
    at: 'forward 200',
    rules: (site) => [`iifname "${site.pod('client').veth}" ${toApi(site)} drop`],
  },
  {
    name: 'forward-alone',
    about: 'the same where iptables is not asked for frames',
    at: 'forward 0',
    isAlone: true,
    rules: (site) => [`oifname "${site.pod('api-1').veth}" tcp dport 8080 drop`],
  },
  {
    name: 'own-priority',
    about: 'a chain that has the priority of bridge-nf',
    at: 'forward 0',
    rules: (site) => [`${toApi(site)} tcp dport 8080 drop`],
  },
  {
    name: 'input',
    about: 'what the bridge hands up to the node',
    at: 'input 0',
    rules: (site) => [`iifname "${site.pod('client').veth}" tcp dport 10250 drop`],
  },
  {
    name: 'output',
    about: 'what the node sends by the bridge',
    at: 'output 0',
    rules: (site) => [`oifname "${site.pod('api-1').veth}" tcp dport 8080 drop`],
  },
  {
    name: 'output-datagrams',
    about: 'a process of the node is not told that its datagram was dropped',
    at: 'output 100',
    rules: (site) => [`${toApi(site)} meta l4proto udp drop`],
  },
  {
    name: 'postrouting',
    about: 'the last hook, for frames of the node and of pods',
    at: 'postrouting 300',
    rules: (site) => [`oifname "${site.pod('api-1').veth}" ${toApi(site)} tcp dport 8080 drop`],
  },
  {
    name: 'by-mac',
    about: 'a pod may send from its own MAC address alone, as the bridge plugin writes it (macspoofchk)',
    at: 'prerouting -300',
    more: (site) => [`chain pod { ether saddr != ${site.pod('client').mac} drop; }`],
    rules: (site) => [`iifname "${site.pod('client').veth}" jump pod`],
  },
  {
    name: 'by-other-mac',
    about: 'the pod has another MAC address than the rules say',
    at: 'prerouting -300',
    more: () => ['chain pod { ether saddr != 02:00:00:00:00:77 drop; }'],
    rules: (site) => [`iifname "${site.pod('client').veth}" jump pod`],
  },
  {
    name: 'no-questions',
    about: 'a pod may neither ask for its neighbours nor answer them',
    at: 'prerouting -300',
    rules: (site) => [
      `iifname "${site.pod('client').veth}" ${site.pick('ether type arp', 'icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert }')} drop`,
    ],
  },
  {
    name: 'by-sender',
    about: 'a pod may ask and answer in its own name alone, and another one not at all what concerns it',
    at: 'forward 0',
    isAlone: true,
    rules: (site) => [
      `iifname "${site.pod('client').veth}" arp saddr ip != ${site.pick(site.pod('client').ip, '10.77.0.2')} drop`,
      `iifname "${site.pod('api-1').veth}" oifname "${site.pod('client').veth}" ${site.pick('ether type arp', 'icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert }')} drop`,
    ],
  },
  {
    name: 'by-set',
    about: 'a set of addresses and ports',
    at: 'forward -200',
    more: (site) => [
      `set closed { type ${site.pick('ipv4_addr', 'ipv6_addr')} . inet_service; elements = { ${site.pod('api-1').ip} . 8080 }; }`,
    ],
    rules: (site) => [`${ip(site)} daddr . tcp dport @closed drop`],
  },
  {
    name: 'policy-drop',
    about: 'only questions for neighbours and what belongs to the web may pass',
    at: 'forward -200',
    policy: 'drop',
    rules: () => [...ARP_PASSES, 'tcp dport 8080 accept', 'tcp sport 8080 accept'],
  },
  {
    name: 'stateless',
    about: 'the hop limit is set on its way from port to port',
    at: 'forward -200',
    wiring: 'bridge',
    rules: (site) => [`${toApi(site)} ${site.pick('ip ttl', 'ip6 hoplimit')} set 9`],
  },
];

/** Rules of family arp. */
const ARP: readonly { readonly name: string; readonly about: string; readonly chain: (site: Site) => string }[] = [
  {
    name: 'arp-output',
    about: 'a node asks nobody and answers nobody',
    chain: () => 'hook output priority 0; policy drop;',
  },
  {
    name: 'arp-input',
    about: 'a node hears no questions, but those that it asks itself tell who it is',
    chain: () => 'hook input priority 0; arp operation request drop;',
  },
  {
    name: 'arp-elsewhere',
    about: 'rules against others: by address, by MAC address, by device',
    chain: (site) =>
      [
        'hook input priority 0;',
        'arp htype 1 arp hlen 6 arp plen 4 arp saddr ip 10.77.0.99 drop;',
        'arp operation request arp daddr ip 10.77.0.98 drop;',
        'arp operation request arp saddr ether 02:00:00:00:00:99 drop;',
        `iifname "cni1" arp daddr ip ${site.pod('client').ip} drop;`,
        'arp operation != { request, reply } drop;',
      ].join(' '),
  },
  {
    name: 'arp-one-pod',
    about: 'one pod is neither asked nor answered',
    chain: (site) => `hook output priority 0; arp daddr ip ${site.pod('client').ip} drop;`,
  },
];

/** Rules of arptables' own tables in the kernel, which nftables does not show: named where they may have a say. */
const ARPTABLES: readonly { readonly name: string; readonly about: string; readonly sh: (site: Site) => string }[] = [
  {
    name: 'arptables-legacy-empty',
    about: 'somebody has looked whether there are rules of arptables',
    sh: () => 'arptables-legacy -L',
  },
  {
    name: 'arptables-legacy-output',
    about: 'a rule of arptables: one pod is neither asked nor answered',
    sh: (site) => `arptables-legacy -A OUTPUT -d ${site.pod('client').ip} -j DROP`,
  },
  {
    name: 'arptables-legacy-policy',
    about: 'the policy of arptables lets a node hear nothing',
    sh: () => 'arptables-legacy -P INPUT DROP',
  },
  {
    name: 'arptables-legacy-elsewhere',
    about: 'rules of arptables against others: by address, by MAC address, by device, in a chain of their own',
    sh: (site) =>
      [
        '-N own',
        '-A own -s 10.77.0.99 -j DROP',
        '-A own -s 10.77.0.0/16 -j RETURN',
        '-A own --opcode 2 -j ACCEPT',
        '-A INPUT -i cni1 -j DROP',
        '-A INPUT -j own',
        '-A INPUT --opcode 1 --source-mac 02:00:00:00:00:99 -j DROP',
        `-A INPUT -i cni0 ! -s ${site.node('node-a').podCIDR} -j DROP`,
        '-A OUTPUT --opcode 1 -d 10.77.0.98 -j DROP',
        `-A OUTPUT -o eth0 -d 10.77.0.97 -j mangle --mangle-ip-s ${site.node('node-a').ip}`,
      ]
        .map((rule) => `arptables-legacy ${rule}`)
        .join('; '),
  },
  {
    name: 'arptables-legacy-forward',
    about: 'a rule of arptables for questions from port to port of a bridge',
    sh: (site) => `arptables-legacy -A FORWARD -s ${site.pod('client').ip} -j DROP`,
  },
];

/** The same of ebtables. */
const EBTABLES: readonly { readonly name: string; readonly about: string; readonly sh: (site: Site) => string }[] = [
  {
    name: 'empty',
    about: 'somebody has looked whether there are rules of ebtables',
    sh: () => 'for table in filter nat broute; do ebtables-legacy -t $table -L; done',
  },
  {
    name: 'filter',
    about: 'a rule of ebtables drops what goes from port to port',
    sh: (site) =>
      `ebtables-legacy -A FORWARD -p ${site.pick('IPv4 --ip-dst', 'IPv6 --ip6-dst')} ${site.pod('api-1').ip} -j DROP`,
  },
  {
    name: 'nat-policy',
    about: "the policy of ebtables' nat table lets nothing in by a port",
    sh: () => 'ebtables-legacy -t nat -P PREROUTING DROP',
  },
  {
    name: 'broute',
    about: 'a rule of ebtables has questions of a pod routed, not bridged',
    sh: (site) => `ebtables-legacy -t broute -A BROUTING -i ${site.pod('client').veth} -j DROP`,
  },
];

/** What a kernel may have no modules for. */
const IN_GUEST: readonly Row[] = [
  {
    name: 'connections',
    about: 'a rule that asks for the state of a connection',
    at: 'forward -200',
    rules: (site) => [`${toApi(site)} ct state new drop`],
  },
  {
    name: 'connections-alone',
    about: 'the same where iptables is not asked for frames: the bridge looks up connections itself',
    at: 'forward 0',
    isAlone: true,
    rules: (site) => ['ct state established,related accept', `${toApi(site)} tcp dport 8080 ct state new drop`],
  },
  {
    name: 'connections-policy',
    about: 'what belongs to a connection may pass, and what begins one to the web; of questions those of ARP',
    at: 'forward 0',
    isAlone: true,
    policy: 'drop',
    rules: () => [
      'ct state established,related accept',
      'ether type arp accept',
      'ct state untracked accept',
      'tcp dport 8080 ct state new accept',
    ],
  },
  {
    name: 'connections-invalid',
    about: 'what has no connection is dropped: questions of ARP have none',
    at: 'prerouting -100',
    rules: () => ['ct state invalid drop'],
  },
  {
    name: 'connections-early',
    about: 'rules that stand before connections are looked up',
    at: 'prerouting -250',
    rules: (site) => [`${toApi(site)} ct state new drop`, `${toApi(site)} udp dport 5353 ct state invalid drop`],
  },
  {
    name: 'reject',
    about: 'a refusal',
    at: 'input -200',
    rules: () => ['tcp dport 10250 reject'],
  },
  {
    name: 'reject-early',
    about: 'refusals of what comes in by a port, of all protocols',
    at: 'prerouting -300',
    rules: (site) => [
      `${toApi(site)} tcp dport 8080 reject with tcp reset`,
      `${toApi(site)} udp dport 5353 reject`,
      `${toApi(site)} ${site.pick('icmp type echo-request', 'icmpv6 type echo-request')} reject with icmpx admin-prohibited`,
      `${ip(site)} daddr ${site.service('api').clusterIP} reject with icmpx host-unreachable`,
    ],
  },
  {
    name: 'reject-translated',
    about: 'a refusal of what was translated: it comes from an address that was not asked',
    at: 'input 0',
    rules: () => ['tcp dport 8080 reject with tcp reset', 'udp dport 5353 reject'],
  },
  {
    name: 'of-one-bridge',
    about: 'rules that name the bridge, at hooks that know it and at one that does not',
    at: 'postrouting 300',
    more: (site) => [
      `chain early { type filter hook prerouting priority -300; meta ibrname "cni0" ${toApi(site)} tcp dport 8080 drop; meta ibrname "cni1" drop; }`,
    ],
    rules: (site) => [`meta ibrname "cni0" drop`, `meta obrname "cni0" ${toApi(site)} meta l4proto udp drop`],
  },
];

function scenarioOf({ name, about, at, policy, rules, more, wiring = 'host-gw', isAlone }: Row): Scenario {
  const base = `chain base { type filter hook ${at.replace(' ', ' priority ')}; policy ${policy ?? 'accept'};`;
  return {
    name: `bridge-rules-${name}`,
    about,
    wiring,
    backends: ['nft'],
    change: (site) => [
      ...(isAlone === true ? [{ in: nodeA(site), sh: BRIDGE_NF_OFF }] : []),
      {
        in: nodeA(site),
        sh: [
          `nft -f - <<'RULES'`,
          'table bridge lab {',
          ...(more?.(site) ?? []),
          `${base} ${rules(site).join('; ')}; }`,
          '}',
          'RULES',
        ].join('\n'),
      },
    ],
  };
}

const BRIDGE_NF_OFF = 'sysctl -qw net.bridge.bridge-nf-call-iptables=0 net.bridge.bridge-nf-call-ip6tables=0';

export const BRIDGE_RULES: readonly Scenario[] = [
  ...ROWS.map(scenarioOf),
  ...ARP.map(({ name, about, chain }): Scenario => ({
    name: `${name}-rules`,
    about,
    wiring: 'host-gw',
    families: [4],
    backends: ['nft'],
    change: (site) => [{ in: nodeA(site), sh: `nft 'table arp lab { chain base { type filter ${chain(site)} }; }'` }],
  })),
  ...ARPTABLES.map(({ name, about, sh }): Scenario => ({
    name,
    about,
    wiring: 'host-gw',
    families: [4],
    backends: ['nft'],
    change: (site) => [{ in: nodeA(site), sh: sh(site) }],
  })),
];
export const GUEST_BRIDGE_RULES: readonly Scenario[] = [
  ...IN_GUEST.map((row) => ({
    ...scenarioOf(row),
    needsKernel: 'nf_conntrack_bridge, nft_meta_bridge, nft_reject_bridge',
  })),
  ...EBTABLES.map(({ name, about, sh }): Scenario => ({
    name: `ebtables-legacy-${name}`,
    about,
    wiring: 'host-gw',
    backends: ['nft'],
    pairing: 'one',
    needsKernel: 'ebtables',
    change: (site) => [{ in: nodeA(site), sh: sh(site) }],
  })),
];
