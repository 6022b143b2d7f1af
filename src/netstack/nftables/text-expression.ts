/** Reads expressions of rules: what is asked for, and what is reckoned with it. */
import { constantWord, secondsOf } from './constant-word.ts';
import { dataType } from './data-type.ts';
import type { DataType } from './data-type.ts';
import { NotUnderstood } from './syntax-error.ts';
import { textPrimary } from './text-primary.ts';
import type { Tokens } from './text-tokens.ts';
import { textField, textValue } from './text-value.ts';
import { typesOf } from './type-of.ts';
import type { Element, Expr, Verdict } from './types.ts';

type Operator = Extract<Expr, { kind: 'binary' }>['op'];

const INTEGER = dataType('integer');
const MOST_NESTED = 64;
/** Of C: the loosest first. */
const LEVELS: readonly ReadonlySet<string>[] = [new Set(['|']), new Set(['^']), new Set(['&']), new Set(['<<', '>>'])];

/** `data`: the types of the result, which the data of a map is of. Throws NotUnderstood. */
export function textExpression(tokens: Tokens, data: readonly DataType[] = [INTEGER], depth = 0): Expr {
  if (depth > MOST_NESTED) throw new NotUnderstood('nested too deeply');
  const parts = [reckoned(tokens, 0, data, depth)];
  while (tokens.skip('.')) parts.push(reckoned(tokens, 0, [], depth));
  const key: Expr = parts.length === 1 ? parts[0]! : { kind: 'concat', parts };
  if (!tokens.skip('map')) return key;
  return { kind: 'map', key, data: textData(tokens, typesOf(key), data) };
}

/** A named set or map, or the elements of an anonymous one. */
export function textData(tokens: Tokens, keys: readonly DataType[], data: readonly DataType[]): Expr {
  if (tokens.word().startsWith('@')) return { kind: 'set-ref', name: tokens.takeWord().slice(1) };
  tokens.expect('{');
  return { kind: 'set', elements: textElements(tokens, keys, data) };
}

/** Up to the closing brace, and past it. */
export function textElements(tokens: Tokens, keys: readonly DataType[], data: readonly DataType[]): readonly Element[] {
  const elements: Element[] = [];
  while (!tokens.skip('}')) {
    elements.push(element(tokens, keys, data));
    if (!tokens.skip(',') && tokens.word() !== '}') throw new NotUnderstood('a comma was expected between elements');
  }
  return elements;
}

function element(tokens: Tokens, keys: readonly DataType[], data: readonly DataType[]): Element {
  const key: Expr = tokens.skip('*') ? { kind: 'any' } : textValue(tokens, keys);
  let timeout: number | undefined;
  let expires: number | undefined;
  let comment: string | undefined;
  const statements: string[] = [];
  for (let word = tokens.word(); word !== ',' && word !== '}' && word !== ':'; word = tokens.word()) {
    if (tokens.skip('timeout')) timeout = textTime(tokens);
    else if (tokens.skip('expires')) expires = textTime(tokens);
    else if (tokens.skip('comment')) comment = tokens.takeString();
    else statements.push(elementStatement(tokens));
  }
  return {
    key,
    ...(statements.length === 0 ? {} : { statements }),
    ...(timeout === undefined ? {} : { timeout }),
    ...(expires === undefined ? {} : { expires }),
    ...(comment === undefined ? {} : { comment }),
    ...(tokens.skip(':') ? { data: textVerdict(tokens) ?? textValue(tokens, data) } : {}),
  };
}

const STATEMENT_STARTS = new Set(['counter', 'limit', 'quota', 'ct', 'last']);
const ELEMENT_ENDS = new Set([',', '}', ':', 'timeout', 'expires', 'comment', '']);

/** Of an element; up to the next, as text. */
function elementStatement(tokens: Tokens): string {
  if (!STATEMENT_STARTS.has(tokens.word())) throw new NotUnderstood(`${tokens.word()} of an element`);
  const { place } = tokens;
  do tokens.take();
  while (!ELEMENT_ENDS.has(tokens.word()) && !STATEMENT_STARTS.has(tokens.word()));
  return tokens.since(place);
}

export function textTime(tokens: Tokens): number {
  const word = tokens.takeWord();
  const seconds = secondsOf(word);
  if (seconds === undefined) throw new NotUnderstood(`${word} is no time`);
  return seconds;
}

/** Undefined where the next word is no verdict. */
export function textVerdict(tokens: Tokens): Verdict | undefined {
  const word = tokens.word();
  switch (word) {
    case 'accept':
    case 'drop':
    case 'return':
    case 'continue':
      tokens.take();
      return { kind: word };
    case 'jump':
    case 'goto': {
      tokens.take();
      const chain = tokens.take().text;
      if (chain === '{') throw new NotUnderstood('a chain without a name');
      return { kind: word, chain };
    }
    default:
      return undefined;
  }
}

function reckoned(tokens: Tokens, level: number, data: readonly DataType[], depth: number): Expr {
  const operators = LEVELS[level];
  if (operators === undefined) return operand(tokens, data, depth);
  let left = reckoned(tokens, level + 1, data, depth);
  while (operators.has(tokens.word())) {
    const op = tokens.takeWord() as Operator;
    const types = op === '<<' || op === '>>' ? [INTEGER] : left.kind === 'number' ? data : typesOf(left);
    left = { kind: 'binary', op, left, right: reckoned(tokens, level + 1, types, depth) };
  }
  return left;
}

function operand(tokens: Tokens, types: readonly DataType[], depth: number): Expr {
  const type = types[0] ?? INTEGER;
  if (tokens.skip('(')) {
    const inner = bits(tokens, type) ?? textExpression(tokens, types, depth + 1);
    tokens.expect(')');
    return inner;
  }
  const isValue = type.isText !== true && constantWord(tokens.word(), type).kind !== 'unknown';
  const asked = isValue ? undefined : textPrimary(tokens, () => textExpression(tokens, [], depth + 1));
  return asked ?? textField(tokens, type);
}

/** `(fin | syn)`: several bits of one type. Undefined, and nothing taken, where it is something else. */
function bits(tokens: Tokens, type: DataType): Expr | undefined {
  if (type.isFlags !== true || constantWord(tokens.word(), type).kind === 'unknown') return undefined;
  return textValue(tokens, [type]);
}
