/** Tells the tables of iptables-nft, which show up in nft's listing too, from native ones. */
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
  return isForeign(table) ? 'mixed' : 'saved';
}

/** iptables makes no sets and no maps. */
function isForeign(table: Table): boolean {
  if (table.sets.size > 0) return true;
  return [...table.chains.values()].some(({ rules }) => rules.some((rule) => !rule.looksLikeIptables));
}
