/** Reads the statements of a rule as nft lists them. */
import { dataType } from './data-type.ts';
import type { DataType } from './data-type.ts';
import { NotUnderstood } from './syntax-error.ts';
import type { Plain } from './print-statement.ts';
import { textData, textExpression, textTime, textVerdict } from './text-expression.ts';
import { textNat, textTproxy } from './text-nat.ts';
import { COUNTED, passCtCount, QUIET } from './text-quiet.ts';
import { Tokens } from './text-tokens.ts';
import { textValue } from './text-value.ts';
import { typesOf } from './type-of.ts';
import type { Expr, NftFamily, Statement } from './types.ts';

const VERDICT = [dataType('verdict')];
const OPERATORS = new Set(['==', '!=', '<', '>', '<=', '>=', '!']);

/** `text`: without handle and comment. What is not understood, and all that follows it, becomes `unknown`. */
export function textStatements(text: string, family: NftFamily): readonly Statement[] {
  const statements: Statement[] = [];
  let tokens: Tokens | undefined;
  try {
    tokens = new Tokens(text);
    while (!tokens.isAtEnd) {
      const { place } = tokens;
      try {
        statements.push(textStatement(tokens, family));
      } catch (error) {
        tokens.goTo(place);
        throw error;
      }
    }
  } catch (error) {
    if (!(error instanceof NotUnderstood)) throw error;
    statements.push({ kind: 'unknown', raw: tokens?.rest() ?? text });
  }
  return statements;
}

function textStatement(tokens: Tokens, family: NftFamily): Statement {
  const { place } = tokens;
  const word = tokens.word();
  if (Object.hasOwn(QUIET, word)) {
    QUIET[word]!(tokens);
    return { kind: 'quiet', raw: tokens.since(place) };
  }
  if (Object.hasOwn(COUNTED, word)) {
    COUNTED[word]!(tokens);
    return { kind: 'counted', raw: tokens.since(place) };
  }
  const plain = typedStatement(tokens, word, family);
  return { ...plain, raw: tokens.since(place) };
}

function typedStatement(tokens: Tokens, word: string, family: NftFamily): Plain {
  switch (word) {
    case 'notrack':
      tokens.take();
      return { kind: 'notrack' };
    case 'snat':
    case 'dnat':
    case 'masquerade':
    case 'redirect':
      return textNat(tokens, word);
    case 'tproxy':
      return textTproxy(tokens);
    case 'reject':
      return reject(tokens, family);
    case 'add':
    case 'update':
    case 'delete':
      return change(tokens, word);
    case 'queue':
      return queue(tokens);
    case 'reset':
      tokens.take();
      return { kind: 'mangle', key: textExpression(tokens), value: { kind: 'unknown', raw: 'reset' } };
    case 'ct': {
      if (tokens.word(1) === 'count') return passCtCount(tokens);
      if (/^(helper|timeout|expectation)$/.test(tokens.word(1)) && tokens.word(2) === 'set') {
        for (let i = 0; i < 3; i++) tokens.take();
        textExpression(tokens, [dataType('string')]);
        return { kind: 'quiet' };
      }
      return matchOrChange(tokens);
    }
    case 'fwd':
      tokens.take();
      tokens.expect('to');
      tokens.take();
      return { kind: 'unknown' };
    case 'xt':
      for (let i = 0; i < 3; i++) tokens.take();
      return { kind: 'unknown' };
    default: {
      const verdict = textVerdict(tokens);
      return verdict === undefined ? matchOrChange(tokens) : { kind: 'verdict', verdict };
    }
  }
}

/** A value alone is no question: the word is of a statement that is not known. */
function isAsked({ kind, ...expr }: Expr): boolean {
  if (kind === 'unknown') return /^(rt|socket|osf|ipsec) /.test((expr as { readonly raw: string }).raw);
  return !['number', 'big-number', 'text', 'address', 'bool', 'prefix', 'range', 'list'].includes(kind);
}

function matchOrChange(tokens: Tokens): Plain {
  const left = textExpression(tokens);
  if (!isAsked(left)) throw new NotUnderstood('nothing is known of that name');
  const types = typesOf(left);
  if (tokens.skip('set')) {
    if (left.kind === 'meta' && left.key === 'secmark') {
      textExpression(tokens, [dataType('string')]);
      return { kind: 'quiet' };
    }
    return { kind: 'mangle', key: left, value: flagList(tokens, textExpression(tokens, types), types) };
  }
  if (tokens.skip('vmap')) return { kind: 'vmap', key: left, data: textData(tokens, types, VERDICT) };
  const word = tokens.word();
  const op = OPERATORS.has(word) ? (tokens.takeWord() as Extract<Statement, { kind: 'match' }>['op']) : undefined;
  return match(tokens, left, op, types);
}

function match(
  tokens: Tokens,
  left: Expr,
  op: Extract<Statement, { kind: 'match' }>['op'] | undefined,
  types: readonly DataType[],
): Plain {
  const next = tokens.word();
  if (next === '{' || next.startsWith('@'))
    return { kind: 'match', op: op ?? '==', left, right: textData(tokens, types, []) };
  const right = flagList(tokens, textValue(tokens, types), types);
  if (types[0]?.isFlags !== true || left.kind === 'concat') return { kind: 'match', op: op ?? '==', left, right };
  // `syn / syn,ack`: of these bits just those.
  if (tokens.skip('/')) {
    const mask = flagList(tokens, textValue(tokens, types), types);
    return { kind: 'match', op: op ?? '==', left: { kind: 'binary', op: '&', left, right: mask }, right };
  }
  return { kind: 'match', op: op ?? (left.kind === 'binary' ? '==' : 'in'), left, right };
}

/** `established,related` */
function flagList(tokens: Tokens, first: Expr, types: readonly DataType[]): Expr {
  if (types[0]?.isFlags !== true || tokens.word() !== ',') return first;
  const items = [first];
  while (tokens.skip(',')) items.push(textValue(tokens, types));
  return { kind: 'list', items };
}

/** Without words it is as nft fills it in. */
function reject(tokens: Tokens, family: NftFamily): Plain {
  tokens.take();
  if (!tokens.skip('with')) {
    const how = family === 'ip' ? 'icmp' : family === 'ip6' ? 'icmpv6' : 'icmpx';
    return { kind: 'reject', with: how, code: 'port-unreachable' };
  }
  const how = tokens.takeWord();
  if (how === 'tcp') {
    tokens.expect('reset');
    return { kind: 'reject', with: 'tcp reset' };
  }
  tokens.skip('type');
  return { kind: 'reject', with: how, code: tokens.takeWord() };
}

function queue(tokens: Tokens): Plain {
  tokens.take();
  const flags = tokens.skip('flags') ? commaWords(tokens) : [];
  if (!tokens.skip('to') && !tokens.skip('num')) return { kind: 'queue', flags };
  const { place } = tokens;
  if (/^\d+(-\d+)?$/.test(tokens.word())) tokens.take();
  else textExpression(tokens);
  const to = tokens.since(place);
  const later = flags.length === 0 && /^(bypass|fanout)$/.test(tokens.word()) ? commaWords(tokens) : flags;
  return { kind: 'queue', flags: later, to };
}

export function commaWords(tokens: Tokens): readonly string[] {
  const words = [tokens.takeWord()];
  while (tokens.skip(',')) words.push(tokens.takeWord());
  return words;
}

/** `update @clients { ip saddr timeout 10s limit rate 3/second : 80 }` */
function change(tokens: Tokens, op: 'add' | 'update' | 'delete'): Plain {
  tokens.take();
  const name = tokens.takeWord();
  if (!name.startsWith('@')) throw new NotUnderstood(`${name} is no set`);
  tokens.expect('{');
  const key = textExpression(tokens);
  let timeout: number | undefined;
  const inner: { readonly kind: string; readonly over?: boolean; readonly raw: string }[] = [];
  while (tokens.word() !== '}' && tokens.word() !== ':') {
    if (tokens.skip('timeout')) timeout = textTime(tokens);
    else inner.push(innerStatement(tokens));
  }
  const data = tokens.skip(':') ? { data: textVerdict(tokens) ?? textExpression(tokens) } : {};
  tokens.expect('}');
  return { kind: 'set', op, set: name.slice(1), key, inner, ...(timeout === undefined ? {} : { timeout }), ...data };
}

function innerStatement(tokens: Tokens): { readonly kind: string; readonly over?: boolean; readonly raw: string } {
  const { place } = tokens;
  const word = tokens.word();
  if (word === 'ct') {
    const { over } = passCtCount(tokens);
    return { kind: 'ct-count', over, raw: tokens.since(place) };
  }
  const pass = Object.hasOwn(COUNTED, word) ? COUNTED[word] : Object.hasOwn(QUIET, word) ? QUIET[word] : undefined;
  if (pass === undefined) throw new NotUnderstood(`${word} in a set`);
  pass(tokens);
  const raw = tokens.since(place);
  return { kind: word, ...(/^(limit rate|quota) over /.test(raw) ? { over: true } : {}), raw };
}
