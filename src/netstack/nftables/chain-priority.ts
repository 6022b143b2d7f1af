/** The names that nft has for the priorities of base chains (nftables' src/rule.c). */
import type { NftFamily } from './types.ts';

interface Named {
  readonly name: string;
  readonly priority: number;
  /** The one hook that it is a name at. */
  readonly hook?: string;
}

const INET: readonly Named[] = [
  { name: 'raw', priority: -300 },
  { name: 'mangle', priority: -150 },
  { name: 'dstnat', priority: -100, hook: 'prerouting' },
  { name: 'filter', priority: 0 },
  { name: 'security', priority: 50 },
  { name: 'srcnat', priority: 100, hook: 'postrouting' },
];
const BRIDGE: readonly Named[] = [
  { name: 'dstnat', priority: -300, hook: 'prerouting' },
  { name: 'filter', priority: -200 },
  { name: 'out', priority: 100, hook: 'output' },
  { name: 'srcnat', priority: 300, hook: 'postrouting' },
];
const PLAIN: readonly Named[] = [{ name: 'filter', priority: 0 }];

/** So near to a name it is printed by it. */
const REACH = 10;

function namesOf(family: NftFamily): readonly Named[] {
  if (family === 'bridge') return BRIDGE;
  return family === 'arp' || family === 'netdev' ? PLAIN : INET;
}

/** `filter + 5`, `-500`; undefined for what is none. */
export function parsePriority(text: string, family: NftFamily): number | undefined {
  if (/^-?\d+$/.test(text)) return Number(text);
  const [, name, sign, offset] = /^([a-z]+)(?: ([+-]) (\d+))?$/.exec(text) ?? [];
  const named = namesOf(family).find((one) => one.name === name);
  if (named === undefined) return undefined;
  return named.priority + (sign === '-' ? -1 : 1) * Number(offset ?? 0);
}

export function printPriority(priority: number, family: NftFamily, hook: string): string {
  const near = namesOf(family).find(
    (one) => Math.abs(priority - one.priority) <= REACH && (one.hook === undefined || one.hook === hook),
  );
  if (near === undefined) return String(priority);
  const offset = priority - near.priority;
  return offset === 0 ? near.name : `${near.name} ${offset < 0 ? '-' : '+'} ${Math.abs(offset)}`;
}
