/** Whether chains of arptables-legacy let a message pass (arpt_do_table); undefined where a rule that decides is not understood. */
import { contains, parsePrefix, type IP } from '../../model/address.ts';
import type { ArpMessage } from '../netfilter/types.ts';
import type { LegacyChain } from './parse-list.ts';

/** A message at a hook, with the device that it comes in or goes out by. */
export interface ArpAtHook {
  readonly arp: ArpMessage;
  readonly iif: string | undefined;
  readonly oif: string | undefined;
}

type Fate = 'accept' | 'drop' | 'next';

export function passesArptables(
  chains: readonly LegacyChain[],
  hook: 'input' | 'output',
  at: ArpAtHook,
): boolean | undefined {
  const base = chains.find(({ name }) => name === hook.toUpperCase());
  if (base === undefined) return true;
  const fates = fatesIn(chains, base, at, 0);
  if (fates === undefined || fates.size !== 1) return undefined;
  return fates.has('accept');
}

/** The kernel refuses chains that call each other in a ring. */
const DEEPEST = 64;

/** What may become of it; undefined where nothing is known. */
function fatesIn(
  chains: readonly LegacyChain[],
  { rules, policy }: LegacyChain,
  at: ArpAtHook,
  depth: number,
): ReadonlySet<Fate> | undefined {
  const fates = new Set<Fate>();
  for (const rule of rules) {
    const words = rule.split(' ');
    const isHit = matches(words, at);
    if (isHit === false) continue;
    const target = words[words.indexOf('-j') + 1]!;
    const own = words.includes('-j') ? fateOf(chains, target, at, depth) : new Set<Fate>(['next']);
    if (own === undefined) return undefined;
    for (const fate of own) if (fate !== 'next') fates.add(fate);
    if (target === 'RETURN') fates.add(endOf(policy));
    if (isHit === true && !own.has('next')) return fates;
  }
  return fates.add(endOf(policy));
}

const endOf = (policy: string | undefined): Fate =>
  policy === undefined ? 'next' : policy === 'ACCEPT' ? 'accept' : 'drop';

function fateOf(
  chains: readonly LegacyChain[],
  target: string,
  at: ArpAtHook,
  depth: number,
): ReadonlySet<Fate> | undefined {
  if (target === 'ACCEPT') return new Set(['accept']);
  if (target === 'DROP') return new Set(['drop']);
  if (target === 'RETURN') return new Set();
  const chain = chains.find(({ name }) => name === target);
  return chain === undefined || depth >= DEEPEST ? undefined : fatesIn(chains, chain, at, depth + 1);
}

type Test = (value: string, at: ArpAtHook) => boolean | undefined;

const TESTS: Readonly<Record<string, Test>> = {
  '-i': (name, { iif }) => isNamed(name, iif),
  '-o': (name, { oif }) => isNamed(name, oif),
  '-s': (prefix, { arp }) => isIn(prefix, arp.sender),
  '-d': (prefix, { arp }) => isIn(prefix, arp.target),
  '--src-mac': (mac, { arp }) => isMac(mac, arp.senderMac),
  '--dst-mac': (mac, { arp }) => isMac(mac, arp.targetMac),
  '--opcode': (code, { arp }) => (/^\d+$/.test(code) ? Number(code) === arp.operation : undefined),
};

/** All words but the target's: each a name with its value, an exclamation mark before it where it is turned round. */
function matches(words: readonly string[], at: ArpAtHook): boolean | undefined {
  let isSure = true;
  for (let i = 0; i < words.length; i += 2) {
    const isNot = words[i] === '!';
    if (isNot) i += 1;
    const name = words[i]!;
    if (name === '-j') continue;
    const is = TESTS[name]?.(words[i + 1] ?? '', at);
    if (is === undefined) isSure = false;
    else if (is === isNot) return false;
  }
  return isSure ? true : undefined;
}

function isNamed(pattern: string, name = ''): boolean {
  return pattern.endsWith('+') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

function isIn(text: string, ip: IP): boolean | undefined {
  const prefix = parsePrefix(text);
  return prefix === undefined ? undefined : contains(prefix, ip);
}

function isMac(text: string, mac: string | undefined): boolean | undefined {
  return mac === undefined || text.includes('/') ? undefined : text.toLowerCase() === mac;
}
