/** Prints expressions and values as `nft list ruleset` does. */
import { assertNever } from '../../model/assert-never.ts';
import { dataType } from './data-type.ts';
import type { DataType } from './data-type.ts';
import { printTime } from './print-time.ts';
import { typesOf } from './type-of.ts';
import type { Element, Expr, Verdict } from './types.ts';

const INTEGER = dataType('integer');
const VERDICTS = new Set(['accept', 'drop', 'return', 'continue', 'jump', 'goto']);

/** Keys of `meta` that nft prints without the word. */
const BARE_META = new Set(['iif', 'iifname', 'iifgroup', 'oif', 'oifname', 'oifgroup']);

/** Of C: what binds tighter comes first. */
const TIGHTNESS: Readonly<Record<string, number>> = { '<<': 4, '>>': 4, '&': 3, '^': 2, '|': 1 };

/** `types`: of the value that is printed, field by field; they decide how numbers and names look. */
export function printExpression(expr: Expr, types: readonly DataType[] = [INTEGER]): string {
  const type = types[0] ?? INTEGER;
  switch (expr.kind) {
    case 'number':
      return expr.symbol === undefined ? printNumber(expr.value, type) : printWord(expr.symbol, type);
    case 'big-number':
      return type.print === undefined ? String(expr.value) : `0x${expr.value.toString(16)}`;
    case 'text':
      return printWord(expr.value, type);
    case 'address':
      return expr.value.text;
    case 'any':
      return '*';
    case 'bool':
      return expr.value ? 'exists' : 'missing';
    case 'prefix':
      return `${printExpression(expr.address, types)}/${expr.length}`;
    case 'range':
      return `${printEnd(expr.first, type)}-${printEnd(expr.last, type)}`;
    case 'concat':
      return expr.parts.map((part, i) => printMember(part, [types[i] ?? INTEGER])).join(' . ');
    case 'set':
      return `{ ${expr.elements.map((element) => printElement(element, types, [INTEGER])).join(', ')} }`;
    case 'list':
      return bitsBetween(',', expr.items, types);
    case 'set-ref':
      return `@${expr.name}`;
    case 'map':
      return `${printExpression(expr.key)} map ${printData(expr.data, typesOf(expr.key), types)}`;
    case 'payload':
      return `${expr.protocol} ${expr.field}`;
    case 'raw-payload':
      return `@${expr.base},${expr.offset},${expr.length}`;
    case 'meta':
      return BARE_META.has(expr.key) ? expr.key : `meta ${expr.key}`;
    case 'ct':
      return expr.direction === undefined ? `ct ${expr.key}` : `ct ${expr.direction} ${expr.key}`;
    case 'fib':
      return `fib ${expr.flags.join(' . ')} ${expr.result}`;
    case 'numgen':
      return `numgen ${expr.mode} mod ${expr.mod}${printOffset(expr.offset)}`;
    case 'hash':
      return printHash(expr);
    case 'header':
      return printHeader(expr);
    case 'binary':
      return printBinary(expr, types);
    case 'unknown':
      return printWord(expr.raw, type);
    default:
      return assertNever(expr);
  }
}

/** A set or map: anonymous or named. */
export function printData(expr: Expr, keys: readonly DataType[], data: readonly DataType[]): string {
  if (expr.kind !== 'set') return printExpression(expr, keys);
  return `{ ${expr.elements.map((element) => printElement(element, keys, data)).join(', ')} }`;
}

export function printElement(element: Element, keys: readonly DataType[], data: readonly DataType[]): string {
  const { timeout, expires, comment } = element;
  return [
    printMember(element.key, keys),
    ...(element.statements ?? []),
    ...(timeout === undefined ? [] : [`timeout ${printTime(timeout)}`]),
    ...(expires === undefined ? [] : [`expires ${printTime(expires)}`]),
    ...(comment === undefined ? [] : [`comment "${comment}"`]),
    ...(element.data === undefined
      ? []
      : [':', isVerdict(element.data) ? printVerdict(element.data) : printExpression(element.data, data)]),
  ].join(' ');
}

/** In a set a comma would end the element. */
function printMember(expr: Expr, types: readonly DataType[]): string {
  return expr.kind === 'list' ? bitsBetween(' | ', expr.items, types) : printExpression(expr, types);
}

export function isVerdict(data: Expr | Verdict): data is Verdict {
  return VERDICTS.has(data.kind);
}

export function printVerdict(verdict: Verdict): string {
  return verdict.kind === 'jump' || verdict.kind === 'goto' ? `${verdict.kind} ${verdict.chain}` : verdict.kind;
}

function printWord(word: string, type: DataType): string {
  return type.isQuoted === true ? `"${word}"` : word;
}

function printNumber(value: number, { name, print }: DataType): string {
  if (name === 'ether_addr')
    return value
      .toString(16)
      .padStart(12, '0')
      .replace(/..(?!$)/g, '$&:');
  switch (print) {
    case 'hex':
      return `0x${value.toString(16)}`;
    case 'hex2':
    case 'hex4':
    case 'hex8':
      return `0x${value.toString(16).padStart(Number(print.slice(3)), '0')}`;
    case 'seconds':
      return printTime(value);
    case undefined:
      return String(value);
    default:
      return assertNever(print);
  }
}

/** Times are whole seconds there. */
function printEnd(expr: Expr, type: DataType): string {
  return expr.kind === 'number' && type.print === 'seconds' ? `${expr.value}s` : printExpression(expr, [type]);
}

function printOffset(offset: number): string {
  return offset === 0 ? '' : ` offset ${offset}`;
}

function printHash({ name, source, mod, seed, offset }: Extract<Expr, { kind: 'hash' }>): string {
  const words = [name, ...(source === undefined ? [] : [printExpression(source)]), `mod ${mod}`];
  if (seed !== undefined) words.push(`seed 0x${seed.toString(16)}`);
  return `${words.join(' ')}${printOffset(offset)}`;
}

function printHeader({ of, name, field }: Extract<Expr, { kind: 'header' }>): string {
  if (name === undefined) return field === undefined ? `exthdr ${of}` : `${of} ${field}`;
  const words = [of, of === 'sctp' ? 'chunk' : 'option', name];
  return [...words, ...(field === undefined ? [] : [field])].join(' ');
}

function printBinary({ op, left, right }: Extract<Expr, { kind: 'binary' }>, types: readonly DataType[]): string {
  const own = typesOf(left);
  // A constant alone tells nothing of its type: it is of that of what the result is for.
  const shown = left.kind === 'number' || left.kind === 'address' ? types : own;
  const isShift = op === '<<' || op === '>>';
  return `${printOperand(left, op, shown)} ${op} ${printOperand(right, op, isShift ? [INTEGER] : shown)}`;
}

function printOperand(expr: Expr, op: string, types: readonly DataType[]): string {
  const text = expr.kind === 'list' ? `(${bitsBetween(' | ', expr.items, types)})` : printExpression(expr, types);
  return expr.kind === 'binary' && TIGHTNESS[expr.op]! < TIGHTNESS[op]! ? `(${text})` : text;
}

function bitsBetween(sign: string, items: readonly Expr[], types: readonly DataType[]): string {
  return items.map((item) => printExpression(item, types)).join(sign);
}
