/** Comparisons: `tcp dport 80`, `ct state != new`, `ip saddr @clients` (nft_cmp.c, nft_range.c, nft_lookup.c). */
import type { Reader } from '../compile-expression.ts';
import { compileExpression, setOf } from '../compile-expression.ts';
import { partsOf, rangeOf, scalarOf } from '../constant.ts';
import { lookUp } from '../look-up.ts';
import type { NftBranch } from '../branch.ts';
import type { Effect, Memory, Op } from '../op.ts';
import { BREAK, NEXT } from '../op.ts';
import type { CompiledSet, Datum, Scope } from '../scope.ts';
import { SetIndex } from '../set-index.ts';
import type { Expr } from '../types.ts';
import { notKnown, picked, splitByMembership, splitPorts } from '../unsettled.ts';
import type { Scalar, Value } from '../value.ts';
import { compareScalars, isScalar } from '../value.ts';

export interface MatchStatement {
  /** `in`: one of the bits is set; `!`: none of them. */
  readonly op: '==' | '!=' | '<' | '>' | '<=' | '>=' | 'in' | '!';
  readonly left: Expr;
  readonly right: Expr;
}

/** True, false, or what is to be done before it can be told. */
type Answer = boolean | Effect;
type Compare = (value: Value, branch: NftBranch, op: Op) => Answer;

/**
 * nft lists `< 64` and then `> 62` of one field as `!= 64-62`, and takes no such range itself: it is what both say. Of
 * `< 62` and `> 64`, which no value is, it lists what a range is listed as.
 */
export function asWritten(statement: MatchStatement): readonly MatchStatement[] {
  const { op, left, right } = statement;
  if (op !== '!=' || right.kind !== 'range') return [statement];
  const range = rangeOf(right);
  if (range === undefined || compareScalars(range.first, range.last) < 0) return [statement];
  return [
    { op: '<', left, right: right.first },
    { op: '>', left, right: right.last },
  ];
}

export function compileMatch(statement: MatchStatement, raw: string, scope: Scope): Op {
  const { kind } = statement.left;
  const constant = kind === 'meta' || kind === 'payload' ? plainValue(statement, scope) : undefined;
  if (constant === undefined) return compile(statement, raw, scope);
  const asked = `${typeof constant} ${raw}`;
  let op = scope.comparisons.get(asked);
  if (op === undefined) {
    op = compile(statement, raw, scope);
    scope.comparisons.set(asked, op);
  }
  return op;
}

function compile(statement: MatchStatement, raw: string, scope: Scope): Op {
  const left = compileExpression(statement.left, scope);
  const isNegated = statement.op === '!=' || statement.op === '!';
  const compare = compareWith(statement, scope);
  if (statement.op === '==' && isEmptySet(statement.right, scope))
    return { raw, role: 'test', isNever: true, run: () => BREAK };
  if (compare === undefined) return always(raw, (op, branch) => unreadable(op, branch, left));
  const [onHit, onMiss] = isNegated ? [BREAK, NEXT] : [NEXT, BREAK];
  const only = plainValue(statement, scope);
  const mask = statement.op === 'in' || statement.op === '!' ? scalarOf(statement.right) : undefined;
  return always(raw, (op, branch) => {
    const value = left(branch);
    if (typeof value !== 'object') {
      // What most rules ask is answered at once.
      if (only !== undefined) return value === only ? onHit : onMiss;
      if (typeof mask === 'number' && typeof value === 'number') return (value & mask) !== 0 ? onHit : onMiss;
    } else {
      if (value.kind === 'absent') return BREAK;
      if (value.kind === 'pick') return picked(op, branch, value);
      if (value.kind === 'by-span') return splitPorts(branch, value.span, value.ranges);
    }
    const answer = compare(value, branch, op);
    if (typeof answer === 'boolean') return answer ? onHit : onMiss;
    return answer;
  });
}

/** The one value that is asked for; undefined where it is another kind of question. */
function plainValue({ op, left, right }: MatchStatement, scope: Scope): Scalar | undefined {
  if ((op !== '==' && op !== '!=') || right.kind === 'bool') return undefined;
  if (right.kind === 'set' || right.kind === 'set-ref') return undefined;
  const value = scalarOf(right);
  const isPattern = typeof value === 'string' && value.endsWith('*');
  return isPattern || compareWith({ op, left, right }, scope) === undefined ? undefined : value;
}

function isEmptySet(right: Expr, scope: Scope): boolean {
  if (right.kind !== 'set-ref') return false;
  const set = setOf(right, scope);
  return set?.key === undefined && set?.index.isEmpty === true;
}

function always(raw: string, run: (op: Op, branch: NftBranch) => Effect): Op {
  const op: Op = { raw, role: 'test', run: (branch) => run(op, branch) };
  return op;
}

function unreadable(op: Op, branch: NftBranch, left: Reader): Effect {
  const value = left(branch);
  return !isScalar(value) && value.kind === 'absent' ? BREAK : notKnown(op, 'header');
}

/**
 * nft 1.0.6 lists `ct original saddr 10.1.2.0/24`, of which the kernel compares three bytes, as `ct original ip saddr
 * 0.10.1.2`. No connection has such an address.
 */
function isCutAddress({ left, right }: MatchStatement): boolean {
  return left.kind === 'ct' && right.kind === 'address' && right.value.a >>> 24 === 0;
}

function compareWith(statement: MatchStatement, scope: Scope): Compare | undefined {
  const { op, right } = statement;
  if (isCutAddress(statement)) return undefined;
  if (right.kind === 'bool') return presence(right.value);
  if (op === '<' || op === '>' || op === '<=' || op === '>=') return ordered(op, right);
  if (op === 'in' || op === '!') return anyBit(right);
  const set = right.kind === 'set' || right.kind === 'set-ref' ? setOf(right, scope) : setOfConstant(right);
  return membership(set, right, op);
}

/** `exists` and `missing`. */
function presence(wanted: boolean): Compare {
  return (value, _branch, op) => {
    if (isScalar(value)) return (value !== 0 && value !== '') === wanted;
    return notKnown(op, memoryOf(value), false, op.raw);
  };
}

function setOfConstant(right: Expr): CompiledSet | undefined {
  const parts = partsOf(right);
  if (parts === undefined) return undefined;
  return { index: new SetIndex<Datum>([{ parts, data: { kind: 'member' } }]), key: undefined };
}

function membership(set: CompiledSet | undefined, right: Expr, operator: MatchStatement['op']): Compare | undefined {
  if (set === undefined) return undefined;
  const isNegated = operator === '!=';
  const only = set.key === undefined ? scalarOf(right) : undefined;
  const isPlain = only !== undefined && !(typeof only === 'string' && only.endsWith('*'));
  return (value, branch, op) => {
    if (isPlain && isScalar(value)) return value === only;
    const found = lookUp(set, value, branch);
    switch (found.kind) {
      case 'hit':
        return true;
      case 'miss':
        return false;
      case 'ports':
        return isScalar(value) || value.kind !== 'ports'
          ? splitPorts(branch, found.span, found.ranges)
          : splitByMembership(branch, found.span, found.ranges);
      case 'pick':
        return picked(op, branch, found.pick);
      case 'not-known':
        return notKnown(op, found.why.memory, isNegated, isNegated ? op.raw.replace('!= ', '') : op.raw);
    }
  };
}

function ordered(operator: '<' | '>' | '<=' | '>=', right: Expr): Compare | undefined {
  const bound = scalarOf(right);
  if (bound === undefined) return undefined;
  return (value, branch, op) => {
    if (isScalar(value)) return compare(operator, value, bound);
    if (value.kind === 'ports' && typeof bound === 'number') {
      const top = 65_535;
      const range =
        operator === '<'
          ? { min: 0, max: bound - 1 }
          : operator === '<='
            ? { min: 0, max: bound }
            : operator === '>'
              ? { min: bound + 1, max: top }
              : { min: bound, max: top };
      return splitByMembership(branch, value, [range]);
    }
    if (value.kind === 'not-known' && value.within !== undefined) {
      const atLeast = compare(operator, value.within.min, bound);
      if (atLeast === compare(operator, value.within.max, bound)) return atLeast;
    }
    return notKnown(op, memoryOf(value));
  };
}

function compare(operator: '<' | '>' | '<=' | '>=', x: Scalar, y: Scalar): boolean {
  switch (operator) {
    case '<':
      return x < y;
    case '>':
      return x > y;
    case '<=':
      return x <= y;
    case '>=':
      return x >= y;
  }
}

/** One of the bits is set: what `ct state new,established` and `tcp flags syn` ask. */
function anyBit(right: Expr): Compare | undefined {
  const items =
    right.kind === 'list' ? right.items : right.kind === 'set' ? right.elements.map(({ key }) => key) : [right];
  let mask = 0;
  for (const item of items) {
    const value = scalarOf(item);
    if (typeof value !== 'number') return undefined;
    mask |= value;
  }
  return (value, _branch, op) => {
    if (typeof value === 'number') return (value & mask) !== 0;
    if (isScalar(value)) return (BigInt(value) & BigInt(mask)) !== 0n;
    if (value.kind !== 'bits') return notKnown(op, memoryOf(value));
    if ((value.value & value.known & mask) !== 0) return true;
    return (mask & ~value.known) === 0 ? false : notKnown(op, 'flow');
  };
}

function memoryOf(value: Value): Memory {
  return !isScalar(value) && value.kind === 'not-known' ? value.memory : 'header';
}
