/** Statements that put packets' values into sets and take them out (nft_dynset.c). */
import { compileExpression } from '../compile-expression.ts';
import { elementKey, lookUp } from '../look-up.ts';
import type { Effect, Op } from '../op.ts';
import { NEXT } from '../op.ts';
import type { Scope } from '../scope.ts';
import type { Expr } from '../types.ts';
import { isScalar } from '../value.ts';
import { notKnown } from '../unsettled.ts';
import { BREAK } from '../op.ts';

export interface SetStatement {
  readonly op: 'add' | 'update' | 'delete';
  readonly set: string;
  readonly key: Expr;
  /** What else is run per element: `over` where the packet goes on only above a limit. */
  readonly inner: readonly { readonly kind: string; readonly over?: boolean }[];
}

export function compileSetStatement(statement: SetStatement, raw: string, scope: Scope): readonly Op[] {
  const set = scope.set(statement.set);
  if (set?.key === undefined) return [{ raw, role: 'act', run: () => ({ kind: 'unsupported' }) }];
  const { key } = set;
  const read = compileExpression(statement.key, scope);
  const touch: Op = {
    raw,
    role: 'act',
    touches: key,
    run(branch): Effect {
      const value = read(branch);
      if (!isScalar(value) && value.kind === 'absent') return BREAK;
      const element = elementKey(key, value);
      return element === undefined
        ? { kind: 'touch', key, value: undefined }
        : { kind: 'touch', key: element, value: statement.op !== 'delete' };
    },
  };
  const limits = statement.inner.filter(
    (one) => one.kind === 'limit' || one.kind === 'quota' || one.kind === 'ct-count',
  );
  if (limits.length === 0) return [touch];
  const test: Op = {
    raw,
    role: 'test',
    run(branch): Effect {
      const value = read(branch);
      if (!isScalar(value) && value.kind === 'absent') return BREAK;
      // An element that is made now begins with all that it may have.
      const isNew = lookUp(set, value, branch).kind === 'miss';
      if (!isNew) return notKnown(test, 'never');
      return limits.some(({ over }) => over === true) ? BREAK : NEXT;
    },
  };
  return [test, touch];
}
