/** How full a namespace's connection tracking table was when the dump was taken. */
import type { Evidence } from '../../model/evidence.ts';
import { perNamespace } from '../per-namespace.ts';

export interface TableSize {
  readonly count: number;
  /** A new connection is refused where `count` has reached this (__nf_conntrack_alloc). */
  readonly most: number;
  readonly evidence: readonly Evidence[];
}

/** Undefined where it was not collected or has no bound. Asked for each new connection, so read once. */
export const conntrackEntries = perNamespace((ns): TableSize | undefined => {
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
});
