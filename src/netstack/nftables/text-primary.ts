/** Reads what a packet is asked for: `ip saddr`, `ct original ip daddr`, `fib daddr . iif type`. */
import { NotUnderstood } from './syntax-error.ts';
import type { Tokens } from './text-tokens.ts';
import type { Expr } from './types.ts';

const BARE_META = new Set(['iif', 'iifname', 'iifgroup', 'iiftype', 'oif', 'oifname', 'oifgroup', 'oiftype', 'mark']);
const PROTOCOLS = new Set(
  'ether vlan arp ip ip6 tcp udp udplite sctp dccp th ah esp comp icmp icmpv6 igmp gre'.split(' '),
);
const EXTENSIONS = new Set(['hbh', 'dst', 'frag', 'mh', 'rt', 'rt0', 'rt2', 'rt4', 'srh']);
const OPTION_FIELDS: Readonly<Record<string, ReadonlySet<string>>> = {
  tcp: new Set('kind length size count left right tsval tsecr unknown'.split(' ')),
  ip: new Set('type length value ptr addr'.split(' ')),
};

/** Undefined where the next words start no expression. `source`: reads what a hash is of. */
export function textPrimary(tokens: Tokens, source: () => Expr): Expr | undefined {
  const word = tokens.word();
  if (BARE_META.has(word)) return { kind: 'meta', key: tokens.takeWord() };
  if (/^@[a-z]+,/.test(word)) return rawPayload(tokens.takeWord());
  if (EXTENSIONS.has(word) && !isRoute(tokens)) return extension(tokens);
  if (Object.hasOwn(READERS, word)) return READERS[word]!(tokens, source);
  return PROTOCOLS.has(word) ? header(tokens) : undefined;
}

/** `rt type` asks for the routing header, `rt classid` for the route. */
function isRoute(tokens: Tokens): boolean {
  return tokens.word() === 'rt' && /^(classid|nexthop|mtu|ipsec|ip|ip6)$/.test(tokens.word(1));
}

const READERS: Readonly<Record<string, (tokens: Tokens, source: () => Expr) => Expr>> = {
  meta(tokens) {
    tokens.takeWord();
    const key = tokens.takeWord();
    return { kind: 'meta', key: key === 'secpath' ? 'ipsec' : key };
  },
  ct(tokens) {
    tokens.takeWord();
    const way = tokens.word();
    const direction = way === 'original' || way === 'reply' ? way : undefined;
    if (direction !== undefined) tokens.takeWord();
    const key = tokens.takeWord();
    const whole = key === 'ip' || key === 'ip6' ? `${key} ${tokens.takeWord()}` : key;
    return { kind: 'ct', key: whole, ...(direction === undefined ? {} : { direction }) };
  },
  fib(tokens) {
    tokens.takeWord();
    const flags = [tokens.takeWord()];
    while (tokens.skip('.')) flags.push(tokens.takeWord());
    return { kind: 'fib', result: tokens.takeWord(), flags };
  },
  numgen(tokens) {
    tokens.takeWord();
    const mode = tokens.takeWord();
    tokens.expect('mod');
    const mod = tokens.takeNumber();
    return { kind: 'numgen', mode, mod, offset: tokens.skip('offset') ? tokens.takeNumber() : 0 };
  },
  jhash(tokens, source) {
    tokens.takeWord();
    const from = source();
    tokens.expect('mod');
    const mod = tokens.takeNumber();
    const seed = tokens.skip('seed') ? { seed: tokens.takeNumber() } : {};
    const offset = tokens.skip('offset') ? tokens.takeNumber() : 0;
    return { kind: 'hash', name: 'jhash', mod, offset, source: from, ...seed };
  },
  symhash(tokens) {
    tokens.takeWord();
    tokens.expect('mod');
    const mod = tokens.takeNumber();
    return { kind: 'hash', name: 'symhash', mod, offset: tokens.skip('offset') ? tokens.takeNumber() : 0 };
  },
  exthdr(tokens) {
    tokens.takeWord();
    return { kind: 'header', of: tokens.takeWord() };
  },
  rt(tokens) {
    const words = [tokens.takeWord(), tokens.takeWord()];
    if (words[1] === 'ip' || words[1] === 'ip6') words.push(tokens.takeWord());
    return { kind: 'unknown', raw: words.join(' ') };
  },
  socket(tokens) {
    const words = [tokens.takeWord(), tokens.takeWord()];
    if (words[1] === 'cgroupv2' && tokens.skip('level')) words.push('level', String(tokens.takeNumber()));
    return { kind: 'unknown', raw: words.join(' ') };
  },
  osf(tokens) {
    const words = [tokens.takeWord()];
    if (tokens.skip('ttl')) words.push('ttl', tokens.takeWord());
    return { kind: 'unknown', raw: [...words, tokens.takeWord()].join(' ') };
  },
  ipsec(tokens) {
    const words = [tokens.takeWord(), tokens.takeWord()];
    if (tokens.skip('spnum')) words.push('spnum', String(tokens.takeNumber()));
    words.push(tokens.takeWord());
    if (/^ip6?$/.test(words.at(-1)!)) words.push(tokens.takeWord());
    return { kind: 'unknown', raw: words.join(' ') };
  },
};

function rawPayload(word: string): Expr {
  const [, base = '', offset, length] = /^@([a-z]+),(\d+),(\d+)$/.exec(word) ?? [];
  return { kind: 'raw-payload', base, offset: Number(offset), length: Number(length) };
}

function extension(tokens: Tokens): Expr {
  return { kind: 'header', of: tokens.takeWord(), field: tokens.takeWord() };
}

function header(tokens: Tokens): Expr {
  const protocol = tokens.takeWord();
  const field = tokens.takeWord();
  if (field === 'option' && (protocol === 'tcp' || protocol === 'ip')) {
    const name = tokens.takeWord();
    return { kind: 'header', of: protocol, name, ...fieldOf(tokens, OPTION_FIELDS[protocol]!.has(tokens.word())) };
  }
  if (field === 'chunk' && protocol === 'sctp') {
    const name = tokens.takeWord();
    return { kind: 'header', of: protocol, name, ...fieldOf(tokens, /^(?!exists|missing)[a-z]/.test(tokens.word())) };
  }
  if (!/^[a-z]/.test(field)) throw new NotUnderstood(`${protocol} has no field ${field}`);
  const isAddress = protocol === 'arp' && (field === 'saddr' || field === 'daddr');
  return { kind: 'payload', protocol, field: isAddress ? `${field} ${tokens.takeWord()}` : field };
}

function fieldOf(tokens: Tokens, hasField: boolean): { readonly field?: string } {
  return hasField ? { field: tokens.takeWord() } : {};
}
