/** `&`, `|`, `^`, `<<` and `>>` (nft_bitwise.c), on what is known of a value. */
import { assertNever } from '../../../model/assert-never.ts';
import type { Reader } from '../compile-expression.ts';
import type { Field, Scalar, Value } from '../value.ts';
import { isScalar, NOT_KNOWN } from '../value.ts';

export type BitOp = '&' | '|' | '^' | '<<' | '>>';

export function bitwise(op: BitOp, left: Reader, right: Reader): Reader {
  return (branch) => {
    const x = left(branch);
    const y = right(branch);
    if (op === '&' && typeof x === 'number' && typeof y === 'number' && x <= 0xffffffff && y <= 0xffffffff)
      return (x & y) >>> 0;
    if (isScalar(x) && isScalar(y)) return compute(op, x, y);
    return partly(op, x, y);
  };
}

function compute(op: BitOp, x: Scalar, y: Scalar): Field {
  if (typeof x === 'number' && typeof y === 'number' && x <= 0xffffffff && y <= 0xffffffff) {
    switch (op) {
      case '&':
        return (x & y) >>> 0;
      case '|':
        return (x | y) >>> 0;
      case '^':
        return (x ^ y) >>> 0;
      case '<<':
        return y > 31 ? 0 : (x << y) >>> 0;
      case '>>':
        return y > 31 ? 0 : x >>> y;
      default:
        return assertNever(op);
    }
  }
  if (typeof x === 'string' || typeof y === 'string') return NOT_KNOWN;
  const [a, b] = [BigInt(x), BigInt(y)];
  const result = op === '&' ? a & b : op === '|' ? a | b : op === '^' ? a ^ b : op === '<<' ? a << b : a >> b;
  return typeof x === 'bigint' ? result & ((1n << 128n) - 1n) : Number(result);
}

/** Only `&` can make more of it known. */
function partly(op: BitOp, x: Value, y: Value): Value {
  for (const value of [x, y]) {
    if (isScalar(value)) continue;
    if (value.kind !== 'bits' && value.kind !== 'ports' && value.kind !== 'not-known') return value;
  }
  if (op === '&' && !isScalar(x) && x.kind === 'bits' && typeof y === 'number') {
    const known = (x.known | ~y) >>> 0;
    const value = (x.value & y) >>> 0;
    return (known & y) >>> 0 === y ? value : { kind: 'bits', value, known };
  }
  const open = [x, y].find((value) => !isScalar(value) && value.kind === 'not-known');
  return open === undefined || isScalar(open) || open.kind !== 'not-known'
    ? NOT_KNOWN
    : { kind: 'not-known', memory: open.memory };
}
