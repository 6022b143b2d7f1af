/** Something found that may be wrong, from a closed vocabulary. */
import type { Evidence } from './evidence.ts';
import type { SuspicionCode } from './suspicion-codes.ts';

/** KubeSkoop's levels. */
export const LEVEL = { info: 0, warning: 1, critical: 2, fatal: 3 } as const;
export type Level = (typeof LEVEL)[keyof typeof LEVEL];

export interface Suspicion {
  readonly level: Level;
  readonly code: SuspicionCode;
  /** One sentence with the names and numbers of this case. */
  readonly message: string;
  readonly evidence: readonly Evidence[];
  /** Node of the graph that it is about; absent: the cluster. */
  readonly node?: string;
  /** What to do here, with real names; the code's own text says the general thing. */
  readonly remedy?: string;
}
