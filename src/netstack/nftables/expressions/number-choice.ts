/** numgen, jhash and symhash: numbers that the kernel picks (nft_numgen.c, nft_hash.c). */
import type { Reader } from '../compile-expression.ts';
import type { Pick } from '../value.ts';
import { isScalar, NOT_KNOWN } from '../value.ts';

/** Both ways of counting are a choice: where the count of `inc` stands is not known. */
export function numgenReader({ mod, offset }: { readonly mod: number; readonly offset: number }): Reader {
  return pickFrom({ kind: 'pick', pin: {}, first: offset, count: mod, label: 'numgen picks' });
}

/**
 * The kernel's secret, or a source port that may be any, decides: from flow to flow it is a choice. A hash of what is
 * not there leaves the rule.
 */
export function hashReader(
  { mod, offset, name }: { readonly mod: number; readonly offset: number; readonly name: string },
  source: Reader | undefined,
): Reader {
  const pick = pickFrom({ kind: 'pick', pin: {}, first: offset, count: mod, label: `${name} gives` });
  if (source === undefined) return pick;
  return (branch) => {
    const value = source(branch);
    return !isScalar(value) && value.kind === 'absent' ? value : pick(branch);
  };
}

function pickFrom(pick: Pick): Reader {
  if (!Number.isInteger(pick.count) || pick.count < 1) return () => NOT_KNOWN;
  if (pick.count === 1) return () => pick.first;
  return (branch) => branch.pinOf(pick.pin) ?? pick;
}
