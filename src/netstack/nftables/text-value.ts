/** Reads the values that stand in rules and sets: `10.0.0.0/8`, `80-90`, `established,related`. */
import { constantWord } from './constant-word.ts';
import { dataType } from './data-type.ts';
import type { DataType } from './data-type.ts';
import { NotUnderstood } from './syntax-error.ts';
import type { Tokens } from './text-tokens.ts';
import type { Expr } from './types.ts';

const INTEGER = dataType('integer');

/** One value, several fields of it with dots between. */
export function textValue(tokens: Tokens, types: readonly DataType[]): Expr {
  const first = textField(tokens, types[0] ?? INTEGER);
  if (tokens.word() !== '.') return first;
  const parts = [first];
  while (tokens.skip('.')) parts.push(textField(tokens, types[parts.length] ?? INTEGER));
  return { kind: 'concat', parts };
}

/** One field. */
export function textField(tokens: Tokens, type: DataType): Expr {
  const token = tokens.take();
  const { text, isString } = token;
  if (!isString && /^[{}(),;]$/.test(text)) throw new NotUnderstood(`a value was expected, not ${text}`);
  const value = isString ? stringValue(tokens, text, type) : wordValue(text, type);
  if (type.isFlags !== true || tokens.word() !== '|') return value;
  const items = [value];
  while (tokens.skip('|')) items.push(wordValue(tokens.takeWord(), type));
  return { kind: 'list', items };
}

/** `"08:00"-"17:00"` */
function stringValue(tokens: Tokens, text: string, type: DataType): Expr {
  const first: Expr = type.isText === true ? { kind: 'text', value: text } : constantWord(text, type);
  if (tokens.word() !== '-' || tokens.peek(1)?.isString !== true) return first;
  tokens.take();
  return { kind: 'range', first, last: { kind: 'text', value: tokens.takeString() } };
}

function wordValue(word: string, type: DataType): Expr {
  if (word === 'exists' || word === 'missing') return { kind: 'bool', value: word === 'exists' };
  const whole = constantWord(word, type);
  if (whole.kind !== 'unknown' || type.isText === true) return whole;
  const [, address, length] = /^(.+)\/(\d{1,3})$/.exec(word) ?? [];
  if (address !== undefined) return { kind: 'prefix', address: constantWord(address, type), length: Number(length) };
  return rangeOf(word, type) ?? whole;
}

/** Names may have a dash of their own. */
function rangeOf(word: string, type: DataType): Expr | undefined {
  for (let dash = word.indexOf('-'); dash > 0; dash = word.indexOf('-', dash + 1)) {
    const first = constantWord(word.slice(0, dash), type);
    const last = constantWord(word.slice(dash + 1), type);
    if (first.kind !== 'unknown' && last.kind !== 'unknown') return { kind: 'range', first, last };
  }
  return undefined;
}
