/** Reads what arptables-legacy and ebtables-legacy list with `-L`: tables of chains, each rule kept as its text. */
import type { SectionName } from '../../model/dump.ts';
import { SectionError } from '../parse/section-error.ts';

export interface LegacyChain {
  readonly table: string;
  readonly name: string;
  /** `ACCEPT`, `DROP`, …; absent for a chain that only others call, in arptables. */
  readonly policy?: string;
  readonly rules: readonly string[];
}

const HEADS = {
  /** `Chain INPUT (policy DROP)`, `Chain own (0 references)` */
  'arptables-legacy': /^Chain (\S+) \((?:policy (\S+?)\b.*|\d+ references)\)$/,
  /** `Bridge chain: FORWARD, entries: 1, policy: ACCEPT` */
  'ebtables-legacy': /^Bridge chain: (.+), entries: \d+, policy: (\S+)$/,
} as const satisfies Partial<Record<SectionName, RegExp>>;

/** Throws SectionError. */
export function parseLegacyList(text: string, section: keyof typeof HEADS): readonly LegacyChain[] {
  let table = 'filter';
  const chains: (LegacyChain & { readonly rules: string[] })[] = [];
  for (const [at, line] of text
    .split('\n')
    .map((each) => each.trim())
    .entries()) {
    if (line === '') continue;
    const named = /^Bridge table: (\S+)$/.exec(line);
    const head = HEADS[section].exec(line);
    if (named !== null) table = named[1]!;
    else if (head !== null)
      chains.push({ table, name: head[1]!, ...(head[2] !== undefined && { policy: head[2] }), rules: [] });
    else if (chains.length === 0) throw new SectionError(section, at + 1, `neither a chain nor a rule of one: ${line}`);
    else chains.at(-1)!.rules.push(line);
  }
  return chains;
}
