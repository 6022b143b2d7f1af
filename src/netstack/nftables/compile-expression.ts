/** Makes an expression of a rule ready to be asked for a packet's value. */
import type { NftBranch } from './branch.ts';
import { bitwise } from './expressions/bitwise.ts';
import { ctReader } from './expressions/ct.ts';
import { headerReader } from './expressions/extension.ts';
import { fibReader } from './expressions/fib.ts';
import { metaReader } from './expressions/meta.ts';
import { hashReader, numgenReader } from './expressions/number-choice.ts';
import { payloadReader } from './expressions/payload.ts';
import { rawPayloadReader } from './expressions/raw-payload.ts';
import { socketValue } from './expressions/socket.ts';
import { indexOf } from './compile-set.ts';
import { dataOf } from './constant.ts';
import { lookUp } from './look-up.ts';
import type { CompiledSet, Scope } from './scope.ts';
import type { Expr } from './types.ts';
import type { Field, Value } from './value.ts';
import { ABSENT, isScalar, NOT_KNOWN } from './value.ts';

export type Reader = (branch: NftBranch) => Value;

const unknown: Reader = () => NOT_KNOWN;

/** What is not understood reads as a value that is not known. */
export function compileExpression(expr: Expr, scope: Scope): Reader {
  switch (expr.kind) {
    case 'payload':
      return payloadReader(expr.protocol, expr.field) ?? unknown;
    case 'raw-payload':
      return rawPayloadReader(expr.base, expr.offset, expr.length);
    case 'meta':
      return metaReader(expr.key) ?? unknown;
    case 'ct':
      return ctReader(expr.key, expr.direction) ?? unknown;
    case 'fib':
      return fibReader(expr.result, expr.flags) ?? unknown;
    case 'numgen':
      return numgenReader(expr);
    case 'hash':
      return hashReader(expr, expr.source && compileExpression(expr.source, scope));
    case 'header':
      return headerReader(expr);
    case 'binary':
      return bitwise(expr.op, compileExpression(expr.left, scope), compileExpression(expr.right, scope));
    case 'concat':
      return concat(expr.parts.map((part) => compileExpression(part, scope)));
    case 'map':
      return map(compileExpression(expr.key, scope), setOf(expr.data, scope));
    case 'unknown':
      return expr.raw.startsWith('socket ') ? socketValue : unknown;
    default: {
      const value = dataOf(expr);
      return value === undefined ? unknown : () => value;
    }
  }
}

/** An anonymous set or map, or a named one; undefined where it is not understood or not in the dump. */
export function setOf(expr: Expr, scope: Scope): CompiledSet | undefined {
  if (expr.kind === 'set-ref') return scope.set(expr.name);
  if (expr.kind !== 'set') return undefined;
  const index = indexOf(expr.elements);
  return index === undefined ? undefined : { index, key: undefined };
}

function concat(readers: readonly Reader[]): Reader {
  return (branch) => {
    const fields: Field[] = [];
    for (const read of readers) {
      const value = read(branch);
      if (isScalar(value)) fields.push(value);
      else if (value.kind === 'absent') return ABSENT;
      else if (value.kind === 'fields') fields.push(...value.fields);
      else fields.push(value);
    }
    return { kind: 'fields', fields };
  };
}

function map(key: Reader, set: CompiledSet | undefined): Reader {
  if (set === undefined) return (branch) => (key(branch) === ABSENT ? ABSENT : NOT_KNOWN);
  return (branch) => {
    const found = lookUp(set, key(branch), branch);
    switch (found.kind) {
      case 'hit':
        return found.data.kind === 'value' ? found.data.value : NOT_KNOWN;
      case 'miss':
        return ABSENT;
      case 'ports':
        return { kind: 'by-span', span: found.span, ranges: found.ranges };
      case 'pick':
        return found.pick;
      case 'not-known': {
        const values = new Set(found.entries.map((datum) => (datum.kind === 'value' ? datum.value : NOT_KNOWN)));
        return { kind: 'one-of', values: [...values], mayBeAbsent: found.mayMiss };
      }
    }
  };
}
