/** How full a namespace's connection tracking table was when the dump was taken. */
import type { Evidence } from '../../model/evidence.ts';
import type { NetNS } from '../netns.ts';

export interface TableSize {
  readonly count: number;
  /** A new connection is refused where `count` has reached this (__nf_conntrack_alloc). */
  readonly most: number;
  readonly evidence: readonly Evidence[];
}

const kept = new WeakMap<NetNS, TableSize | 'not known'>();

/** Undefined where it was not collected or has no bound. Asked for each new connection, so read once. */
export function conntrackEntries(ns: NetNS): TableSize | undefined {
  let size = kept.get(ns);
  if (size === undefined) {
    size = readSize(ns) ?? 'not known';
    kept.set(ns, size);
  }
  return size === 'not known' ? undefined : size;
}

function readSize(ns: NetNS): TableSize | undefined {
  const [count, most] = [ns.sysctl('netfilter/nf_conntrack_count'), ns.sysctl('netfilter/nf_conntrack_max')];
  if (count === undefined || most === undefined || Number(most) === 0) return undefined;
  return {
    count: Number(count),
    most: Number(most),
    evidence: [
      { kind: 'sysctl', raw: `net.netfilter.nf_conntrack_count = ${count}` },
      { kind: 'sysctl', raw: `net.netfilter.nf_conntrack_max = ${most}` },
    ],
  };
}
