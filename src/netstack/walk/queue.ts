/** Whether a packet that a rule hands to a program finds one (nf_queue). */
import type { NetfilterVerdict } from '../netfilter/types.ts';
import type { Walk } from './walk.ts';

export type QueueVerdict = Extract<NetfilterVerdict, { kind: 'queue' }>;

/** A rule that spreads over more queues is taken to have a reader. */
const MOST_QUEUES = 64;

/** Surely no program reads any of the rule's queues, so that the kernel itself drops the packet or lets it by. */
export function hasNoReader({ ns }: Walk, { queues }: QueueVerdict): boolean {
  const { queues: read } = ns;
  if (queues === undefined || !read.ok || queues.max - queues.min >= MOST_QUEUES) return false;
  for (let number = queues.min; number <= queues.max; number++) if (read.value.has(number)) return false;
  return true;
}

export function nameQueues({ queues }: QueueVerdict): string {
  if (queues === undefined) return 'its queue';
  return queues.min === queues.max ? `queue ${queues.min}` : `any of the queues ${queues.min} to ${queues.max}`;
}
