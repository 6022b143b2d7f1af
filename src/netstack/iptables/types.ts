/** The nouns of an iptables rule set, as one save tool printed it. */
import type { Family } from '../../model/address.ts';
import type { Hook } from '../../model/step.ts';

export interface IPTables {
  readonly ruleSet: 'iptables-legacy' | 'iptables-nft';
  readonly family: Family;
  /** By name, in the order of the text. */
  readonly tables: ReadonlyMap<string, Table>;
  /** Every line of the text in its order, so that it can be printed again. */
  readonly lines: readonly SaveLine[];
  /** Tables that iptables-nft-save refused to print: they hold rules that only nft can show. */
  readonly incompatible: readonly string[];
  /** False where the text ends in the middle of a line. */
  readonly endsWithNewline: boolean;
}

export interface Table {
  readonly name: string;
  readonly chains: ReadonlyMap<string, Chain>;
}

export interface Chain {
  readonly name: string;
  /** Base chains have one; user chains have none (`-`). */
  readonly policy?: 'ACCEPT' | 'DROP';
  /** `12:345`, packets and bytes, if printed. */
  readonly counters?: string;
  readonly rules: readonly Rule[];
}

/** One rule. Its matches and target are read from `raw` when its chain is first walked. */
export interface Rule {
  readonly chain: string;
  /** 1-based, as `iptables -L --line-numbers` counts. */
  readonly number: number;
  /** As the save tool prints it, without counters: `-A FORWARD -i eth0 -j DROP`. */
  readonly raw: string;
  /** `12:345`, packets and bytes, if printed. */
  readonly counters?: string;
  /** The word after `-j` or `-g`. */
  readonly jump?: string;
}

/** What one line of the text says. */
export type SaveLine =
  /** A comment or an empty line. */
  | { readonly kind: 'text'; readonly raw: string }
  | { readonly kind: 'table'; readonly table: Table }
  | { readonly kind: 'chain'; readonly chain: Chain }
  | { readonly kind: 'rule'; readonly rule: Rule }
  | { readonly kind: 'commit' };

/** The hooks at which the kernel's built-in tables have chains. */
export const HOOKS_OF_TABLE: Readonly<Record<string, readonly Hook[]>> = {
  raw: ['prerouting', 'output'],
  mangle: ['prerouting', 'input', 'forward', 'output', 'postrouting'],
  nat: ['prerouting', 'input', 'output', 'postrouting'],
  filter: ['input', 'forward', 'output'],
  security: ['input', 'forward', 'output'],
};
