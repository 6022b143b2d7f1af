/** The random cases of a seed, or of several that follow each other in turn, until enough questions are asked. */
import type { FuzzCase } from './fuzz-case.ts';
import { generate } from './generate.ts';

export interface Portion {
  readonly seed: number;
  /** How many seeds, this one and those that follow. */
  readonly seeds: number;
  /** Questions. */
  readonly trials: number;
}

export function casesOf({ seed, seeds, trials }: Portion): () => FuzzCase | undefined {
  let index = 0;
  let asked = 0;
  return () => {
    if (asked >= trials) return undefined;
    const next = generate(seed + (index % seeds), Math.floor(index++ / seeds));
    asked += next.probes.length;
    return next;
  };
}

/** Another one each time that somebody asks, short enough to be typed. */
export const freshSeed = (): number => Date.now() % 1_000_000;
