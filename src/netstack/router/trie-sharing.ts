/** Whether the IPv4 tables local and main are one trie, as the kernel's own counts of their routes tell. */
import { TABLE } from '../parse/names.ts';
import type { RouterState } from './state.ts';

export type TrieSharing = 'one' | 'apart' | 'not-known';

/**
 * Until the first change of its policy rules, a namespace keeps both tables in one trie (fib_new_table, fib_unmerge).
 * Each of them then counts the routes of both (fib_triestat_seq_show); afterwards each has its own. Other counts are
 * those of a moment that the dumped routes are not of.
 */
export function trieSharing({ routes4, tries }: RouterState): TrieSharing {
  if (tries === undefined) return 'not-known';
  const local = routes4.filter(({ table }) => table === TABLE.local).length;
  const main = routes4.filter(({ table }) => table === TABLE.main).length;
  const isOne = tries.local === local + main && tries.main === local + main;
  const isApart = tries.local === local && tries.main === main;
  if (isOne === isApart) return 'not-known';
  return isOne ? 'one' : 'apart';
}
