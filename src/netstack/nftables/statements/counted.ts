/** limit, quota and ct count: what they say depends on what went before, which a dump does not hold. */
import type { Effect, Op } from '../op.ts';
import { BREAK, NEXT } from '../op.ts';
import { notKnown } from '../unsettled.ts';

export function compileCounted(raw: string): Op {
  const op: Op = { raw, role: 'test', run: (): Effect => notKnown(op, 'never') };
  return op;
}

/** The new connection itself counts as one: over 0 always holds, up to 0 never does. */
export function compileCtCount({ over, count }: { readonly over: boolean; readonly count: number }, raw: string): Op {
  if (count === 0) return { raw, role: 'test', run: () => (over ? NEXT : BREAK) };
  return compileCounted(raw);
}
