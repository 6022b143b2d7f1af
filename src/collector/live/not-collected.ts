/** Why a node has no dump, in words that can follow `node-a was not collected: `. */
import type { NoDump } from '../../model/dump.ts';
import { ApiError } from '../../k8s/client/api-error.ts';
import { InputError } from '../input-error.ts';

/** Concerns one node: the others are collected all the same. */
export class NotCollected extends Error {
  override readonly name = 'NotCollected';
  readonly remedy: string | undefined;

  constructor(why: string, options: { readonly remedy?: string; readonly cause?: unknown } = {}) {
    super(why, options.cause === undefined ? undefined : { cause: options.cause });
    this.remedy = options.remedy;
  }
}

/** Of what collecting throws; undefined where it is a bug of ours. */
export function whyNotCollected(error: unknown): NoDump | undefined {
  if (error instanceof NotCollected || error instanceof ApiError || error instanceof InputError)
    return { why: error.message, ...(error.remedy === undefined ? {} : { remedy: error.remedy }) };
  return undefined;
}

/** The connection ended in the midst, or the pod was taken away: another try may do. */
export function isBrokenOff(error: unknown): boolean {
  return error instanceof ApiError && ['broken', 'not-found', 'server'].includes(error.problem);
}

/** What a namespace, its policy or its quota refused, with what can be done about it. */
export function explainRefusal(error: unknown, namespace: string): unknown {
  if (!(error instanceof ApiError) || error.problem === 'forbidden') return error;
  const said = error.message;
  if (/violates PodSecurity|pod security/i.test(said))
    return new NotCollected(`Pod Security of namespace ${namespace} refuses the collector pod: ${said}`, {
      remedy: `Allow it there (kubectl label namespace ${namespace} pod-security.kubernetes.io/enforce=privileged), or name a namespace that allows it with --collector-namespace.`,
      cause: error,
    });
  if (/exceeded quota|must specify (limits|requests)/i.test(said))
    return new NotCollected(`a quota of namespace ${namespace} refuses the collector pod: ${said}`, {
      remedy: 'Raise the quota, or name another namespace with --collector-namespace.',
      cause: error,
    });
  const webhook = /failed calling webhook "([^"]+)"/.exec(said)?.[1];
  if (webhook !== undefined)
    return new NotCollected(
      `the cluster's admission webhook ${webhook} is asked about each pod and does not answer: ${said}`,
      {
        remedy: `Nobody can make pods there now. Look at the server of ${webhook} (kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations -o wide), or name a namespace that it is not asked about with --collector-namespace.`,
        cause: error,
      },
    );
  if (error.problem === 'refused')
    return new NotCollected(`the cluster's admission refuses the collector pod: ${said}`, {
      remedy: `Exempt namespace ${namespace} from that policy, put up the agent (skoop agent install), or collect by hand (--dump FILE).`,
      cause: error,
    });
  return error;
}
