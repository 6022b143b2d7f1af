/** Rules of nft itself that make ends believe in smaller segments (`tcp option maxseg size set`), by how much is not followed. */
import type { NetNS } from '../netns.ts';
import { perNamespace } from '../per-namespace.ts';
import { iptablesTable } from './iptables-table.ts';

export const setsSegmentSize = perNamespace((ns: NetNS): boolean => {
  const rules = ns.nftables;
  return (
    rules.ok &&
    rules.value.tables
      .filter((table) => iptablesTable(ns, table) !== 'saved')
      .some(({ chains }) => [...chains.values()].some((chain) => chain.rules.some(({ raw }) => raw.includes('maxseg'))))
  );
});
