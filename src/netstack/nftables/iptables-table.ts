/** Tells the tables of iptables-nft, which show up in nft's listing too, from native ones. */
import type { NetNS } from '../netns.ts';
import type { Table } from './types.ts';

/** The save tool lists the table, and nothing in it was made by nft alone. */
export function isIptablesTable(ns: NetNS, table: Table): boolean {
  const name = table.family === 'ip' ? 'iptables-nft-save' : table.family === 'ip6' ? 'ip6tables-nft-save' : undefined;
  const save = name === undefined ? undefined : ns.section(name);
  if (save === undefined || save.exitCode !== 0) return false;
  return save.stdout.startsWith(`*${table.name}\n`) || save.stdout.includes(`\n*${table.name}\n`)
    ? !isForeign(table)
    : false;
}

/** iptables puts a counter into each of its rules and makes no sets and no maps. */
function isForeign(table: Table): boolean {
  if (table.sets.size > 0) return true;
  return [...table.chains.values()].some(({ rules }) =>
    rules.some(({ statements }) => !statements.some(({ raw }) => raw.includes('counter'))),
  );
}
