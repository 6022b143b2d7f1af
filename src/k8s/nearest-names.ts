/** Which of the known names a mistyped one may have meant. */

/** Up to three, best first: those that hold the word whole, then those that are few typos away. */
export function nearestNames(word: string, names: Iterable<string>): readonly string[] {
  const wanted = word.toLowerCase();
  const limit = Math.max(1, Math.floor(wanted.length / 3));
  const scored: { readonly name: string; readonly score: number }[] = [];
  for (const name of new Set(names)) {
    const score = scoreOf(wanted, name.toLowerCase(), limit);
    if (score <= limit) scored.push({ name, score });
  }
  return scored
    .toSorted((x, y) => x.score - y.score || (x.name < y.name ? -1 : 1))
    .slice(0, 3)
    .map(({ name }) => name);
}

/** `, did you mean shop/web or shop/web-lb?`, or nothing. */
export function didYouMean(names: readonly string[]): string {
  if (names.length === 0) return '';
  const last = names.at(-1)!;
  return `; did you mean ${names.length === 1 ? last : `${names.slice(0, -1).join(', ')} or ${last}`}?`;
}

function scoreOf(wanted: string, name: string, limit: number): number {
  const short = name.slice(name.lastIndexOf('/') + 1);
  if (wanted.length >= 3 && name.includes(wanted)) return 0.5;
  return Math.min(typos(wanted, name, limit), typos(wanted, short, limit));
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment), up to `limit`. */
function typos(x: string, y: string, limit: number): number {
  if (Math.abs(x.length - y.length) > limit) return limit + 1;
  let older: number[] = [];
  let row = Array.from({ length: y.length + 1 }, (_, j) => j);
  for (let i = 1; i <= x.length; i++) {
    const next = [i];
    for (let j = 1; j <= y.length; j++) {
      const same = x[i - 1] === y[j - 1] ? 0 : 1;
      let best = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + same);
      if (i > 1 && j > 1 && x[i - 1] === y[j - 2] && x[i - 2] === y[j - 1]) best = Math.min(best, older[j - 2]! + 1);
      next.push(best);
    }
    older = row;
    row = next;
  }
  return row[y.length]!;
}
