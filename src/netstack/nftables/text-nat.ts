/** Reads where an address translation leads: `dnat ip to 10.0.0.1:80 random`. */
import { parseIP } from '../../model/address.ts';
import { dataType } from './data-type.ts';
import { NotUnderstood } from './syntax-error.ts';
import type { Plain } from './print-statement.ts';
import { textExpression } from './text-expression.ts';
import type { Tokens } from './text-tokens.ts';
import type { Expr } from './types.ts';

const ADDRESS_AND_PORT = [dataType('ipv4_addr'), dataType('inet_service')];
const PORT = [dataType('inet_service')];
const FLAGS = new Set(['random', 'fully-random', 'persistent']);

export function textNat(tokens: Tokens, how: 'snat' | 'dnat' | 'masquerade' | 'redirect'): Plain {
  tokens.take();
  const family = familyOf(tokens);
  let isPrefix = false;
  while (/^(prefix|interval|addr|port|\.)$/.test(tokens.word())) isPrefix = tokens.takeWord() === 'prefix' || isPrefix;
  const to = tokens.skip('to') ? target(tokens) : {};
  const flags: string[] = [];
  while (FLAGS.has(tokens.word())) {
    flags.push(tokens.takeWord());
    tokens.skip(',');
  }
  return { kind: 'nat', how, ...family, ...to, flags, ...(isPrefix ? { isPrefix: true } : {}) };
}

export function textTproxy(tokens: Tokens): Plain {
  tokens.take();
  const family = familyOf(tokens);
  tokens.expect('to');
  return { kind: 'tproxy', ...family, ...target(tokens) };
}

function familyOf(tokens: Tokens): { readonly family?: 'ip' | 'ip6' } {
  const word = tokens.word();
  const isFamily = (word === 'ip' || word === 'ip6') && /^(to|prefix|interval|addr|port)$/.test(tokens.word(1));
  if (!isFamily) return {};
  tokens.take();
  return { family: word };
}

function target(tokens: Tokens): { readonly address?: Expr; readonly port?: Expr } {
  const word = tokens.word();
  if (word.startsWith(':') && !word.startsWith('::')) return port(tokens);
  const literal = literalOf(word);
  if (literal === undefined) {
    const address = textExpression(tokens, ADDRESS_AND_PORT);
    return tokens.word().startsWith(':') ? { address, ...port(tokens) } : { address };
  }
  tokens.take();
  if (literal.rest === '') return { address: literal.address };
  tokens.putBack(literal.rest);
  return { address: literal.address, ...port(tokens) };
}

/** After the colon; it may stand at the start of a longer word. */
function port(tokens: Tokens): { readonly port: Expr } {
  const word = tokens.takeWord();
  if (word !== ':') tokens.putBack(word.slice(1));
  return { port: textExpression(tokens, PORT) };
}

/** An address or a run of them, and what stands behind in the same word; undefined for other words. */
function literalOf(word: string): { readonly address: Expr; readonly rest: string } | undefined {
  const [, first, last, rest = ''] =
    /^\[([^\]]+)\](?:-\[([^\]]+)\])?(:.*)?$/.exec(word) ??
    /^(\d+\.\d+\.\d+\.\d+)(?:-(\d+\.\d+\.\d+\.\d+))?(:.*)?$/.exec(word) ??
    [];
  if (first === undefined) return undefined;
  const address = addressOf(first);
  return { address: last === undefined ? address : { kind: 'range', first: address, last: addressOf(last) }, rest };
}

function addressOf(text: string): Expr {
  const value = parseIP(text);
  if (value === undefined) throw new NotUnderstood(`${text} is no address`);
  return { kind: 'address', value };
}
