/** Tells the tables of iptables-nft, which show up in nft's listing too, from native ones. */
import type { Table as SavedTable } from '../iptables/index.ts';
import type { NetNS } from '../netns.ts';
import type { Table } from './types.ts';

/**
 * `saved`: the save tool lists the table, and what it lists is all. `mixed`: nft put rules or sets of its own into such
 * a table: the save tool prints them as something else or not at all, and nft does not print iptables' matches.
 */
export function iptablesTable(ns: NetNS, table: Table): 'saved' | 'mixed' | 'native' {
  const name = table.family === 'ip' ? 'iptables-nft-save' : table.family === 'ip6' ? 'ip6tables-nft-save' : undefined;
  const save = name === undefined ? undefined : ns.section(name);
  if (save === undefined || save.exitCode !== 0) return 'native';
  const isListed = save.stdout.startsWith(`*${table.name}\n`) || save.stdout.includes(`\n*${table.name}\n`);
  if (!isListed) return 'native';
  return isForeign(ns, table) ? 'mixed' : 'saved';
}

/** iptables puts a counter into each of its rules and makes no sets and no maps. */
function isForeign(ns: NetNS, table: Table): boolean {
  if (table.sets.size > 0) return true;
  return [...table.chains.values()].some(({ name, rules }) =>
    rules.some(({ shape }, at) => {
      if (shape === 'counting') return false;
      return shape === 'other' || !SHOWN_AS_SET.test(savedRule(ns, table, { name, at, of: rules.length }));
    }),
  );
}

/** Matches of iptables that nft prints as sets: it asks libxtables for a translation (xt_xlate). */
const SHOWN_AS_SET = / -m (multiport|time) /;

/** The rule as the save tool prints it; empty where the chain has not as many rules there. */
function savedRule(
  ns: NetNS,
  table: Table,
  rule: { readonly name: string; readonly at: number; readonly of: number },
): string {
  const rules = savedTable(ns, table)?.chains.get(rule.name)?.rules;
  return rules?.length === rule.of ? rules[rule.at]!.raw : '';
}

function savedTable(ns: NetNS, { family, name }: Table): SavedTable | undefined {
  const saved = ns.iptables(family === 'ip' ? 4 : 6);
  return saved.ok ? saved.value.find(({ ruleSet }) => ruleSet === 'iptables-nft')?.tables.get(name) : undefined;
}
