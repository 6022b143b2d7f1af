/** Which codes somebody may have meant: by the pairs of letters that they share, so that typos and single words both find theirs. */
import type { SuspicionCode } from '../../model/suspicion-codes.ts';
import { SUSPICIONS } from '../findings/index.ts';

/** Up to five, best first; none where nothing is alike. `asked` is in upper case. */
export function nearestCodes(asked: string): SuspicionCode[] {
  const wanted = pairs(asked);
  return (Object.keys(SUSPICIONS) as SuspicionCode[])
    .map((code) => ({ code, score: asked.length > 2 && code.includes(asked) ? 1 : likeness(wanted, pairs(code)) }))
    .filter(({ score }) => score >= 0.4)
    .toSorted((x, y) => y.score - x.score || (x.code < y.code ? -1 : 1))
    .slice(0, 5)
    .map(({ code }) => code);
}

/** Dice's coefficient: 1 for the same pairs, 0 for none in common. */
function likeness(x: ReadonlySet<string>, y: ReadonlySet<string>): number {
  let common = 0;
  for (const pair of x) if (y.has(pair)) common++;
  return x.size + y.size === 0 ? 0 : (2 * common) / (x.size + y.size);
}

function pairs(text: string): Set<string> {
  return new Set(Array.from({ length: Math.max(0, text.length - 1) }, (_, index) => text.slice(index, index + 2)));
}
