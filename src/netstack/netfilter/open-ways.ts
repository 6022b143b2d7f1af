/** The ways of a packet through a rule set that are still to be followed, and how many there may be. */
import type { ForkIds } from '../../model/fork.ts';
import { mergeAlike } from './merge-alike.ts';
import type { NetfilterOutcome } from './types.ts';

/** More ways than this through one table are not followed: the answer is then one `unknown`. */
const MOST_WAYS = 4096;

/** More ways than this that differ only by what is not known are not given back. */
export const MOST_UNKNOWN_WAYS = 64;

/** Knows the rules that the ways lead through. */
export interface Follower<B> {
  /** Follows one way to its end. */
  toEnd(branch: B): NetfilterOutcome;
  /** What is said where there are more ways than `limit`. */
  tooMany(limit: number): NetfilterOutcome;
}

export class OpenWays<B extends { copy(): B }> {
  readonly #forkIds: ForkIds;
  /** The next one last; most packets never split. */
  #open: B[] | undefined = undefined;
  #count = 1;
  #hasIgnorance = false;

  constructor(forkIds: ForkIds) {
    this.#forkIds = forkIds;
  }

  /** The id of a split into so many ways. */
  split(options: number, cause: 'choice' | 'ignorance'): number {
    this.#count += options - 1;
    if (cause === 'ignorance') this.#hasIgnorance = true;
    return this.#forkIds.next();
  }

  /** The branch itself for the first option, else a copy that is followed later. To be asked for the last option first. */
  part(branch: B, option: number): B {
    if (option === 0) return branch;
    const copy = branch.copy();
    (this.#open ??= []).push(copy);
    return copy;
  }

  /** Follows each way to its end. What was not known and did not matter is taken out of the answer. */
  follow(first: B, follower: Follower<B>): readonly NetfilterOutcome[] {
    const outcomes = [follower.toEnd(first)];
    for (let branch = this.#open?.pop(); branch !== undefined; branch = this.#open?.pop()) {
      if (this.#count > MOST_WAYS) return [follower.tooMany(MOST_WAYS)];
      outcomes.push(follower.toEnd(branch));
    }
    if (!this.#hasIgnorance) return outcomes;
    const merged = mergeAlike(outcomes);
    const isTooMany =
      merged.length > MOST_UNKNOWN_WAYS && merged.some(({ forks }) => forks.some(({ cause }) => cause === 'ignorance'));
    return isTooMany ? [follower.tooMany(MOST_UNKNOWN_WAYS)] : merged;
  }
}
