/** The match of an iptables rule: every kind that skoop models, with values near the probes'. */
import type { Place, Plausible } from '../plausible.ts';

/** Where a rule stands. */
export interface RulePlace {
  readonly place: Place;
  readonly table: string;
  /** Built-in chain, or the one that a chain of its own is called from. */
  readonly hook: string;
}

export type Protocol = 'tcp' | 'udp' | 'icmp' | 'any';

export interface RuleMatch {
  readonly words: string;
  readonly protocol: Protocol;
}

export function ruleMatch(values: Plausible, where: RulePlace): RuleMatch {
  const { random, site } = values;
  const protocol = random.weigh<Protocol>([
    [5, 'tcp'],
    [2, 'udp'],
    [1.5, 'icmp'],
    [4, 'any'],
  ]);
  const words = [
    protocol === 'any' ? '' : `-p ${protocol === 'icmp' ? site.pick('icmp', 'ipv6-icmp') : protocol}`,
    random.chance(0.3) ? `${not(values)}-s ${values.block()}` : '',
    random.chance(0.45) ? `${not(values)}-d ${values.block()}` : '',
    device(values, where),
    ports(values, protocol),
    ...Array.from(
      {
        length: random.weigh([
          [5, 0],
          [5, 1],
          [1, 2],
        ]),
      },
      () => extension(values, where, protocol),
    ),
  ];
  return { words: words.filter((word) => word !== '').join(' '), protocol };
}

export const not = ({ random }: Plausible): string => (random.chance(0.12) ? '! ' : '');

const HAS_INPUT = new Set(['PREROUTING', 'INPUT', 'FORWARD']);
const HAS_OUTPUT = new Set(['FORWARD', 'OUTPUT', 'POSTROUTING']);

function device(values: Plausible, { place, hook }: RulePlace): string {
  if (!values.random.chance(0.2)) return '';
  const sides = [...(HAS_INPUT.has(hook) ? ['-i'] : []), ...(HAS_OUTPUT.has(hook) ? ['-o'] : [])];
  return `${not(values)}${values.random.pick(sides)} ${values.deviceWord(place)}`;
}

function ports(values: Plausible, protocol: Protocol): string {
  const { random } = values;
  if (protocol !== 'tcp' && protocol !== 'udp') return '';
  return random.weigh<() => string>([
    [4, () => ''],
    [6, () => `-m ${protocol} ${not(values)}--dport ${values.ports()}`],
    [2, () => `-m ${protocol} ${not(values)}--sport ${values.ports()}`],
    [
      1.5,
      () =>
        `-m multiport ${not(values)}--${random.pick(['dports', 'sports', 'ports'])} ${values.port()},8000:8100,${values.port() + 1}`,
    ],
  ])();
}

function extension(values: Plausible, where: RulePlace, protocol: Protocol): string {
  const { random, site } = values;
  const kinds: readonly (readonly [number, () => string])[] = [
    [4, () => conntrack(values)],
    [
      1,
      () =>
        `-m state ${not(values)}--state ${random.pick(['NEW', 'ESTABLISHED', 'RELATED,ESTABLISHED', 'INVALID', 'UNTRACKED'])}`,
    ],
    [3, () => `-m mark ${not(values)}--mark ${values.mark()}`],
    [2, () => `-m connmark ${not(values)}--mark ${values.mark()}`],
    [2, () => addressType(values, where)],
    [1, () => `-m iprange ${not(values)}--${random.pick(['src', 'dst'])}-range ${values.range()}`],
    [HAS_INPUT.has(where.hook) ? 1 : 0, () => `-m mac ${not(values)}--mac-source ${values.mac()}`],
    [1, () => `-m pkttype ${not(values)}--pkt-type ${random.pick(['unicast', 'broadcast', 'multicast'])}`],
    [1, () => physdev(values, where)],
    [1, () => `-m dscp ${not(values)}--dscp ${random.pick(['0x00', '0x04', '0x2e'])}`],
    [1, () => `-m tos ${not(values)}--tos ${random.pick(['0x10/0x3f', '0x00/0xff'])}`],
    [1, () => `-m ${site.pick('ttl --ttl', 'hl --hl')}-${random.pick(['eq 64', 'eq 63', 'lt 64', 'gt 62'])}`],
    [
      protocol === 'tcp' ? 1 : 0.3,
      () => `-m length ${not(values)}--length ${random.pick(['0:59', '60', '40:100', '1000:', '0:27', '28:'])}`,
    ],
    [0.7, () => `-m connlimit --connlimit-above 0 --connlimit-mask ${site.bits}`],
    [
      0.7,
      () => `-m connbytes --connbytes ${random.pick(['0:1', '2:'])} --connbytes-dir original --connbytes-mode packets`,
    ],
    [0.5, () => '-m statistic --mode random --probability 0.5'],
    [protocol === 'tcp' ? 3 : 0, () => tcp(values)],
    [protocol === 'icmp' ? 4 : 0, () => icmp(values)],
    [0.5, () => `-m comment --comment "case"`],
    [
      site.family === 6 ? 1 : 0,
      () => random.pick(['-m ipv6header --header prot --soft', '-m frag --fragfirst', '-m rt --rt-type 0']),
    ],
    [
      where.hook === 'PREROUTING' && where.table !== 'nat' ? 2 : 0,
      () =>
        `-m rpfilter ${random.pick(['', '--invert', '--loose', '--loose --invert', '--validmark --invert', '--accept-local'])}`,
    ],
    [0.05, () => '-m limit --limit 1000/s --limit-burst 5000'],
    [0.05, () => '-m time --timestart 00:00 --timestop 23:59'],
  ];
  return random.weigh(kinds)();
}

function conntrack(values: Plausible): string {
  const { random } = values;
  const words = random.weigh<() => string>([
    [
      6,
      () =>
        `${not(values)}--ctstate ${random.pick(['NEW', 'ESTABLISHED', 'RELATED,ESTABLISHED', 'INVALID', 'DNAT', 'SNAT', 'NEW,DNAT', 'UNTRACKED', 'NEW,INVALID'])}`,
    ],
    [1, () => `${not(values)}--ctorigsrc ${values.block()}`],
    [1, () => `${not(values)}--ctorigdst ${values.block()}`],
    [1, () => `${not(values)}--ctreplsrc ${values.block()}`],
    [1, () => `${not(values)}--ctrepldst ${values.block()}`],
    [1, () => `--ctproto ${random.pick(['tcp', 'udp'])} ${not(values)}--ctorigdstport ${values.port()}`],
    [1, () => `--ctproto tcp ${not(values)}--ctreplsrcport ${values.port()}`],
    [1, () => `${not(values)}--ctstatus ${random.pick(['NONE', 'SEEN_REPLY', 'ASSURED', 'CONFIRMED'])}`],
    [1, () => `--ctdir ${random.pick(['ORIGINAL', 'REPLY'])}`],
  ])();
  return `-m conntrack ${words}`;
}

function addressType(values: Plausible, { hook }: RulePlace): string {
  const { random } = values;
  const side = random.pick(['src', 'dst']);
  const type = random.pick([
    'LOCAL',
    'LOCAL',
    'UNICAST',
    'BROADCAST',
    'MULTICAST',
    'BLACKHOLE',
    'PROHIBIT',
    'UNREACHABLE',
  ]);
  const limits = [
    ...(HAS_INPUT.has(hook) ? ['--limit-iface-in'] : []),
    ...(HAS_OUTPUT.has(hook) ? ['--limit-iface-out'] : []),
  ];
  return `-m addrtype ${not(values)}--${side}-type ${type}${random.chance(0.2) ? ` ${random.pick(limits)}` : ''}`;
}

function physdev(values: Plausible, { hook, place }: RulePlace): string {
  const { random } = values;
  const port = place.kind === 'node' ? values.pod().veth : 'eth0';
  return random.weigh<() => string>([
    [HAS_INPUT.has(hook) || hook === 'POSTROUTING' ? 2 : 0.1, () => `-m physdev ${not(values)}--physdev-in ${port}`],
    [1, () => `-m physdev ${not(values)}--physdev-is-in`],
    [hook === 'FORWARD' ? 2 : 0, () => `-m physdev ${not(values)}--physdev-is-bridged`],
    [
      hook === 'FORWARD' || hook === 'POSTROUTING' ? 1 : 0,
      () => `-m physdev --physdev-is-bridged --physdev-out ${port}`,
    ],
  ])();
}

function tcp(values: Plausible): string {
  const { random } = values;
  return random.weigh([
    [3, `-m tcp ${not(values)}--syn`],
    [1, '-m tcp --tcp-flags SYN,ACK SYN,ACK'],
    [1, '-m tcp --tcp-flags SYN,ACK,FIN,RST ACK'],
    [1, '-m tcp --tcp-flags RST RST'],
    [1, `-m tcp ${not(values)}--tcp-option ${random.pick([2, 3, 8, 30])}`],
    [1, `-m tcpmss ${not(values)}--mss 500:1460`],
  ]);
}

function icmp(values: Plausible): string {
  const { random, site } = values;
  const type = random.pick([
    'echo-request',
    'echo-reply',
    ...(site.family === 4
      ? ['any', 'destination-unreachable', '8/0', 'host-unreachable']
      : ['destination-unreachable', 'packet-too-big', '128/0']),
  ]);
  return `-m ${site.pick('icmp', 'icmp6')} ${not(values)}--${site.pick('icmp', 'icmpv6')}-type ${type}`;
}
