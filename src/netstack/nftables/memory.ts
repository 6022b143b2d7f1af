/** Remembers what was assumed of a match for the packet's further way. */
import type { NftBranch } from './branch.ts';
import type { Effect } from './op.ts';

export function memoryKey(unknown: Extract<Effect, { kind: 'unknown' }>, { packet }: NftBranch): string {
  if (unknown.memory === 'flow') return unknown.question;
  const { src, dst, sport, dport, mark, ttl, tos } = packet;
  return `${unknown.question} ${src.text}:${sport.min} ${dst.text}:${dport.min} ${mark} ${ttl} ${tos}`;
}
