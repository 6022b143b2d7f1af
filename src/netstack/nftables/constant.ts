/** Values that stand in a rule or in a set: what the kernel compares with. */
import type { Part } from './set-index.ts';
import type { Expr } from './types.ts';
import type { Scalar, Value } from './value.ts';
import { addressValue } from './value.ts';

/** One value; undefined where the expression is none. */
export function scalarOf(expr: Expr): Scalar | undefined {
  switch (expr.kind) {
    case 'number':
    case 'text':
      return expr.value;
    case 'bool':
      return expr.value ? 1 : 0;
    case 'address':
      return addressValue(expr.value);
    case 'list':
      return bitsOf(expr.items);
    default:
      return undefined;
  }
}

/** `fin|syn|rst|ack`: the bits of all of them. */
function bitsOf(items: readonly Expr[]): number | undefined {
  let bits = 0;
  for (const item of items) {
    const value = scalarOf(item);
    if (typeof value !== 'number') return undefined;
    bits = (bits | value) >>> 0;
  }
  return bits;
}

/** What an element takes, field by field; undefined where it is not understood. */
export function partsOf(expr: Expr): readonly Part[] | undefined {
  if (expr.kind !== 'concat') {
    const part = partOf(expr);
    return part === undefined ? undefined : [part];
  }
  const parts: Part[] = [];
  for (const field of expr.parts) {
    const part = partOf(field);
    if (part === undefined) return undefined;
    parts.push(part);
  }
  return parts;
}

function partOf(expr: Expr): Part | undefined {
  if (expr.kind === 'text' && expr.value.endsWith('*')) return { kind: 'pattern', pattern: expr.value };
  const value = scalarOf(expr);
  if (value !== undefined) return { kind: 'exact', value };
  const range = rangeOf(expr);
  if (range === undefined) return undefined;
  return range.first === range.last ? { kind: 'exact', value: range.first } : { kind: 'range', ...range };
}

/** The first and the last value of a range or prefix. */
export function rangeOf(expr: Expr): { readonly first: Scalar; readonly last: Scalar } | undefined {
  if (expr.kind === 'range') {
    const [first, last] = [scalarOf(expr.first), scalarOf(expr.last)];
    return first === undefined || last === undefined ? undefined : { first, last };
  }
  if (expr.kind !== 'prefix') return undefined;
  const value = scalarOf(expr.address);
  if (typeof value === 'bigint') return spread(value, 128 - expr.length);
  if (typeof value !== 'number') return undefined;
  const { first, last } = spread(BigInt(value), widthOf(expr.address) - expr.length);
  return { first: Number(first), last: Number(last) };
}

function spread(value: bigint, free: number): { readonly first: bigint; readonly last: bigint } {
  const host = (1n << BigInt(Math.max(free, 0))) - 1n;
  return { first: value & ~host, last: value | host };
}

function widthOf(expr: Expr): number {
  return expr.kind === 'address' ? (expr.value.family === 4 ? 32 : 128) : 32;
}

/** Data of a map: a value, several fields, or a range to choose from. */
export function dataOf(expr: Expr): Value | undefined {
  if (expr.kind === 'concat') {
    const fields = expr.parts.map((part) => dataOf(part));
    return fields.every((field) => field !== undefined && !(typeof field === 'object' && field.kind === 'fields'))
      ? { kind: 'fields', fields: fields as readonly Exclude<Value, { kind: 'fields' }>[] }
      : undefined;
  }
  const value = scalarOf(expr);
  if (value !== undefined) return value;
  const range = rangeOf(expr);
  if (range === undefined) return undefined;
  return { kind: 'span', ...range, ...(expr.kind === 'prefix' ? { length: expr.length } : {}) };
}
