/** BPF programs at netfilter's hooks (links of type netfilter): the kernel does not say which namespace one is in. */
import type { Family } from '../../model/address.ts';
import type { Evidence } from '../../model/evidence.ts';
import type { Hook } from '../../model/step.ts';
import type { NetNS } from '../netns.ts';
import { readList, word, type Listed } from './json-list.ts';

/** enum nf_inet_hooks */
const NUMBERS: Readonly<Partial<Record<Hook, string>>> = {
  prerouting: '0',
  input: '1',
  forward: '2',
  output: '3',
  postrouting: '4',
};
const FAMILIES = { 4: ['2', 'ip'], 6: ['10', 'ip6'] } as const;

/** One that may be at the hook of this namespace. */
export function programAtHook(ns: NetNS, family: Family, hook: Hook): Evidence | undefined {
  const section = ns.nodeSection('bpf-link');
  if (section === undefined || section.exitCode !== 0) return undefined;
  const link = readList(section.stdout).find((each) => isNetfilter(each) && mayBeAt(each, family, hook));
  if (link === undefined) return undefined;
  const program = word(link, 'prog_id');
  return {
    kind: 'section',
    raw: JSON.stringify(link),
    where: `BPF program ${program} at a netfilter hook of some namespace of the node`,
  };
}

/** BPF_LINK_TYPE_NETFILTER, by number where the tool has no name for it. */
const isNetfilter = (link: Listed): boolean => ['netfilter', '10'].includes(word(link, 'type'));

/** Older tools say neither family nor hook. */
function mayBeAt(link: Listed, family: Family, hook: Hook): boolean {
  const [pf, at] = [word(link, 'pf'), word(link, 'hook')];
  return (
    (pf === '' || (FAMILIES[family] as readonly string[]).includes(pf)) &&
    (at === '' || at === NUMBERS[hook] || at === hook)
  );
}
