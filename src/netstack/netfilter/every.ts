/** Several tests that must all hold, of some of which it may not be known: one that certainly fails decides. */

export function every<T>(tests: readonly T[], ask: (test: T) => boolean | undefined): boolean | undefined {
  let isKnown = true;
  for (const test of tests) {
    const answer = ask(test);
    if (answer === false) return false;
    if (answer === undefined) isKnown = false;
  }
  return isKnown ? true : undefined;
}
