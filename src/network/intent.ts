/** What Kubernetes, the network plugin and the service proxy meant, held against the state that the packet met. */
import type { Verdict } from '../model/path.ts';
import type { Suspicion } from '../model/suspicion.ts';
import type { ResolvedQuestion } from '../k8s/index.ts';
import type { Walked } from '../diagnostor/diagnostor.ts';

export interface IntentInput {
  readonly resolved: ResolvedQuestion;
  readonly walked: Walked;
  readonly verdict: Verdict;
}

export interface Intent {
  check(input: IntentInput): Promise<readonly Suspicion[]>;
  /** Rows for the result: which plugin, which proxy, and what told so. */
  readonly detected: readonly { readonly what: string; readonly value: string; readonly from: string }[];
}
