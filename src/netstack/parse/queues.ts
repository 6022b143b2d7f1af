/** Reads /proc/net/netfilter/nfnetlink_queue: the numbers of the queues that a program reads here. */
import { SectionError } from './section-error.ts';

/** Throws SectionError. */
export function parseQueues(text: string): ReadonlySet<number> {
  const numbers = new Set<number>();
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const [, number] = /^\s*(\d{1,5})(\s|$)/.exec(line) ?? [];
    if (number === undefined) throw new SectionError('nfqueue', index + 1, `not a queue: ${line.slice(0, 80)}`);
    numbers.add(Number(number));
  }
  return numbers;
}
