/** Which queueing disciplines hand every packet of a quiet device on: those that only order, or slow down a flood. */
import { field, word, type Listed } from './json-list.ts';

/** They drop where their queue is full, which one packet at a time never makes it. */
const QUEUES: ReadonlySet<string> = new Set([
  'noqueue',
  'mq',
  'mqprio',
  'pfifo',
  'bfifo',
  'pfifo_fast',
  'pfifo_head_drop',
  'fq',
  'fq_codel',
  'fq_pie',
  'codel',
  'pie',
  'sfq',
  'cake',
  'noop',
]);
/** No queue of packets: their filters are looked at by themselves. */
const CLASSIFIERS: ReadonlySet<string> = new Set(['clsact', 'ingress']);
const ETHERNET_AND_TAGS = 22;

export const isClassifier = (qdisc: Listed): boolean => CLASSIFIERS.has(word(qdisc, 'kind'));

/** `mtu`: of the device; a packet that is longer than the bucket is dropped (tbf_enqueue). */
export function isHarmlessQdisc(qdisc: Listed, mtu: number): boolean {
  const kind = word(qdisc, 'kind');
  const options = field(qdisc, 'options');
  if (kind === 'tbf') return Number(options['burst'] ?? 0) >= mtu + ETHERNET_AND_TAGS;
  return CLASSIFIERS.has(kind) || (QUEUES.has(kind) && options['limit'] !== 0);
}
