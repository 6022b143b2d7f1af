/** Where a walk splits: by the kernel's own choice, or because something is not known. */
import type { Evidence } from './evidence.ts';

/**
 * One decision on the way to a branch. Branches of the same split share `id`; `option` tells them apart.
 * `choice`: the kernel (or a random source port) picks; `probability` is the share where known.
 * `ignorance`: one of the options is what the kernel does, and it is not known which.
 */
export interface Fork {
  readonly cause: 'choice' | 'ignorance';
  /** Unique per split within one diagnosis; given out by {@link ForkIds}. */
  readonly id: number;
  readonly option: number;
  /** 0–1, for choices whose shares are known. */
  readonly probability?: number;
  /** One short line: `statistic picks this rule`, `rule -m bpf … matches`. */
  readonly label: string;
  readonly evidence?: Evidence;
}

/** Gives out fork ids; one instance per diagnosis, so that ids are the same in every run. */
export interface ForkIds {
  next(): number;
}

export function forkIds(): ForkIds {
  let last = 0;
  return { next: () => ++last };
}
