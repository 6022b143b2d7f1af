/** Native nftables: a table of its own with a base chain of any type and priority, sets, verdict maps and translations. */
import type { Place, Plausible } from '../plausible.ts';
import type { Mutation } from './mutation.ts';

type Type = 'filter' | 'nat' | 'route';

interface BaseChain {
  readonly type: Type;
  readonly hook: string;
  readonly priorities: readonly number[];
}

const EARLY = [-310, -300, -210, -150, -110, -90] as const;
const LATE = [-150, -10, 0, 5, 60, 300] as const;
const BASE_CHAINS: readonly (readonly [number, BaseChain])[] = [
  [3, { type: 'filter', hook: 'prerouting', priorities: [...EARLY, 0] }],
  [3, { type: 'filter', hook: 'forward', priorities: LATE }],
  [2, { type: 'filter', hook: 'input', priorities: LATE }],
  [2, { type: 'filter', hook: 'output', priorities: [...EARLY, 0, 10] }],
  [1, { type: 'filter', hook: 'postrouting', priorities: [-150, 90, 110, 300] }],
  [1, { type: 'route', hook: 'output', priorities: [-150, -10, 10] }],
  [2, { type: 'nat', hook: 'prerouting', priorities: [-110, -101, -100, -90] }],
  [1, { type: 'nat', hook: 'output', priorities: [-110, -100, -90] }],
  [2, { type: 'nat', hook: 'postrouting', priorities: [90, 100, 101, 110] }],
  [0.5, { type: 'nat', hook: 'input', priorities: [90, 100, 110] }],
  [0.5, { type: 'filter', hook: 'ingress', priorities: [-10, 0, 10] }],
  [0.5, { type: 'filter', hook: 'egress', priorities: [-10, 0, 10] }],
];

export const nftables: Mutation = {
  name: 'nftables',
  weight: 9,
  make: (values) => {
    const { random, site } = values;
    const place = values.place();
    const base = random.weigh(BASE_CHAINS);
    const isBound = isAtDevice(base);
    const inet = base.hook === 'egress' ? 'netdev' : 'inet';
    const family = random.pick([inet, isBound ? 'netdev' : site.pick('ip', 'ip6')]);
    const device = isBound ? ` device "${values.device(place)}"` : '';
    const rules = (count: number): string[] =>
      Array.from({ length: 1 + random.below(count) }, () => rule(values, place, base));
    const policy = base.type !== 'nat' && random.chance(0.08) ? ' policy drop;' : '';
    const lines = [
      `table ${family} fuzz${random.below(10_000)} {`,
      `set blocks { type ${site.pick('ipv4_addr', 'ipv6_addr')}; flags interval; auto-merge; elements = { ${values.block()}, ${values.block()} }; }`,
      `set doors { type inet_service; elements = { ${values.port()}, 4444 }; }`,
      'chain own {',
      ...rules(2),
      '}',
      'chain base {',
      `type ${base.type} hook ${base.hook}${device} priority ${random.pick(base.priorities)};${policy}`,
      ...rules(3),
      ...(random.chance(0.3) ? [`${matches(values, place, base)} ${random.pick(['jump', 'goto'])} own`] : []),
      '}',
      '}',
    ];
    return [
      { in: values.nameOf(place), sh: `printf '%s\\n' ${lines.map((line) => `'${line}'`).join(' ')} | nft -f -` },
    ];
  },
};

/** Connections are not known there, and nothing is refused. */
const isAtDevice = ({ hook }: BaseChain): boolean => hook === 'ingress' || hook === 'egress';

function rule(values: Plausible, place: Place, base: BaseChain): string {
  const { random } = values;
  if (random.chance(0.12)) return verdictMap(values);
  const head = matches(values, place, base);
  const counter = random.chance(0.3) ? ' counter' : '';
  return `${head}${counter} ${base.type === 'nat' ? translation(values, base) : statement(values, base)}`;
}

function matches(values: Plausible, place: Place, base: BaseChain): string {
  const { random, site } = values;
  const { hook } = base;
  const ofConnections = isAtDevice(base) ? 0 : 1;
  const ip = site.pick('ip', 'ip6');
  const not = (): string => (random.chance(0.15) ? '!= ' : '');
  const side = (): string => random.pick(['saddr', 'daddr', 'daddr']);
  const kinds: readonly (readonly [number, () => string])[] = [
    [5, () => `${ip} ${side()} ${not()}${values.block()}`],
    [2, () => `${ip} ${side()} ${not()}@blocks`],
    [4, () => `${random.pick(['tcp', 'udp'])} ${random.pick(['dport', 'dport', 'sport'])} ${not()}${values.port()}`],
    [2, () => `${withPorts(values)}th dport { ${values.port()}, ${values.port() + 1}, 8000-8100 }`],
    [1, () => 'tcp dport @doors'],
    [2, () => `meta l4proto ${not()}${random.pick(['tcp', 'udp', site.pick('icmp', 'ipv6-icmp')])}`],
    [
      hook === 'output' || hook === 'postrouting' || hook === 'egress' ? 0 : 2,
      () => `iifname ${not()}"${values.device(place)}"`,
    ],
    [
      hook === 'prerouting' || hook === 'input' || hook === 'ingress' ? 0 : 2,
      () => `oifname ${not()}"${values.device(place)}"`,
    ],
    [
      3 * ofConnections,
      () => `ct state ${not()}${random.pick(['new', 'established', 'established,related', 'invalid', 'untracked'])}`,
    ],
    [ofConnections, () => `ct status ${random.pick(['dnat', 'snat'])}`],
    [ofConnections, () => `ct direction ${random.pick(['original', 'reply'])}`],
    [1.5, () => `meta mark ${not()}${random.pick(['0x0', '0x1', '0x7'])}`],
    [ofConnections, () => `ct mark ${not()}${random.pick(['0x0', '0x7'])}`],
    [1, () => `tcp flags & (syn | ack) == ${random.pick(['syn', 'ack', 'syn | ack'])}`],
    [1, () => `${site.pick('ip ttl', 'ip6 hoplimit')} ${random.pick(['< 64', '64', '> 62'])}`],
    [
      hook === 'egress' ? 0 : 1,
      () => `fib ${random.pick(['saddr', 'daddr'])} type ${random.pick(['local', 'unicast', 'broadcast'])}`,
    ],
    [
      1,
      () =>
        `${site.pick('icmp', 'icmpv6')} type ${random.pick(['echo-request', 'echo-reply', 'destination-unreachable'])}`,
    ],
    [0.2, () => `meta length ${random.pick(['< 60', '> 100', '60'])}`],
    [0.3, () => `numgen random mod 2 ${random.below(2)}`],
  ];
  return Array.from({ length: 1 + random.below(2) }, () => random.weigh(kinds)()).join(' ');
}

/** Of an echo `th dport` is the checksum, which leaves the rule open by its nature: a few are asked. */
function withPorts({ random }: Plausible): string {
  return random.chance(0.9) ? 'meta l4proto { tcp, udp } ' : '';
}

function statement(values: Plausible, base: BaseChain): string {
  const { random, site } = values;
  const { hook } = base;
  const ofConnections = isAtDevice(base) ? 0 : 1;
  const canReject = hook === 'input' || hook === 'forward' || hook === 'output';
  return random.weigh<() => string>([
    [5, () => 'accept'],
    [4, () => 'drop'],
    [1, () => 'return'],
    [
      canReject ? 2 : 0,
      () =>
        `reject with ${random.pick(['icmpx port-unreachable', 'icmpx admin-prohibited', site.pick('icmp host-unreachable', 'icmpv6 no-route')])}`,
    ],
    [canReject ? 1 : 0, () => 'meta l4proto tcp reject with tcp reset'],
    [2, () => `meta mark set ${random.pick(['0x1', '0x7', '0x4000'])}`],
    [ofConnections, () => `ct mark set ${random.pick(['0x7', 'meta mark'])}`],
    // a higher one keeps packets in a circle for ever
    [0.7, () => `${site.pick('ip ttl', 'ip6 hoplimit')} set ${random.pick([1, 2])}`],
    [0.7, () => `${site.pick('ip', 'ip6')} dscp set ${random.pick(['cs1', 'cs0'])}`],
    [0.7 * ofConnections, () => 'notrack'],
  ])();
}

function translation(values: Plausible, { hook }: BaseChain): string {
  const { random, site } = values;
  const ip = site.pick('ip', 'ip6');
  if (random.chance(0.1)) return random.pick(['accept', 'return']);
  if (hook === 'prerouting' || hook === 'output')
    return random.weigh<() => string>([
      [3, () => `dnat ${ip} to ${values.ip()}`],
      [2, () => `meta l4proto tcp dnat ${ip} to ${site.pick(`${values.ip()}:8080`, `[${values.ip()}]:8080`)}`],
      [1, () => 'meta l4proto { tcp, udp } redirect to :8080'],
      [0.5, () => 'redirect'],
    ])();
  return random.weigh<() => string>([
    [3, () => `snat ${ip} to ${random.chance(0.7) ? values.node().ip : values.ip()}`],
    [hook === 'postrouting' ? 3 : 0, () => 'masquerade'],
  ])();
}

function verdictMap(values: Plausible): string {
  const { random, site } = values;
  const verdicts = (): string => random.pick(['accept', 'drop', 'return']);
  return random.chance(0.5)
    ? `${withPorts(values)}th dport vmap { ${values.port()} : ${verdicts()}, 4444 : ${verdicts()} }`
    : `${site.pick('ip', 'ip6')} daddr . meta l4proto vmap { ${values.ip()} . tcp : ${verdicts()}, ${site.pick('10.98.0.1', 'fd98::1')} . udp : ${verdicts()} }`;
}
