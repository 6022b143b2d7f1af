/** Whether what iptables-save printed has certain words, of either back end and family: megabytes of text, looked through once. */
import type { SectionName } from '../../model/dump.ts';
import type { NetNS } from '../netns.ts';
import { perNamespace } from '../per-namespace.ts';

const SAVES = [
  'iptables-legacy-save',
  'ip6tables-legacy-save',
  'iptables-nft-save',
  'ip6tables-nft-save',
] as const satisfies readonly SectionName[];

const kept = perNamespace(() => new Map<string, boolean>());

export function savesMention(ns: NetNS, words: string): boolean {
  const known = kept(ns);
  let isThere = known.get(words);
  if (isThere === undefined)
    known.set(words, (isThere = SAVES.some((save) => ns.section(save)?.stdout.includes(words) === true)));
  return isThere;
}
