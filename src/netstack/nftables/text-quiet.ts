/** Goes past statements that are kept as text: counters, limits, quotas, logs. */
import { dataType } from './data-type.ts';
import { NotUnderstood } from './syntax-error.ts';
import { textExpression } from './text-expression.ts';
import type { Tokens } from './text-tokens.ts';
import type { Statement } from './types.ts';

type Pass = (tokens: Tokens) => void;

const STRING = [dataType('string')];
const LOG_WORDS = new Set(['prefix', 'group', 'snaplen', 'queue-threshold', 'level']);

export const QUIET: Readonly<Record<string, Pass>> = {
  counter(tokens) {
    tokens.take();
    if (passName(tokens)) return;
    if (tokens.skip('packets')) tokens.takeNumber();
    if (tokens.skip('bytes')) tokens.takeNumber();
  },
  log(tokens) {
    tokens.take();
    for (;;) {
      if (LOG_WORDS.has(tokens.word())) {
        tokens.take();
        tokens.take();
      } else if (tokens.skip('flags')) passLogFlags(tokens);
      else return;
    }
  },
  last(tokens) {
    tokens.take();
    if (tokens.skip('used')) tokens.take();
  },
  dup(tokens) {
    tokens.take();
    if (!tokens.skip('to')) tokens.take();
    textExpression(tokens, STRING);
    if (tokens.skip('device')) textExpression(tokens, STRING);
  },
  flow(tokens) {
    tokens.take();
    tokens.skip('add');
    tokens.skip('offload');
    if (!tokens.takeWord().startsWith('@')) throw new NotUnderstood('no flowtable');
  },
};

/** Statements whose answer depends on what came before. */
export const COUNTED: Readonly<Record<string, Pass>> = {
  limit(tokens) {
    tokens.take();
    if (passName(tokens)) return;
    tokens.expect('rate');
    tokens.skip('over');
    passAmount(tokens);
    if (tokens.skip('burst')) passAmount(tokens);
  },
  quota(tokens) {
    tokens.take();
    if (passName(tokens)) return;
    if (!tokens.skip('over')) tokens.skip('until');
    passAmount(tokens);
    if (tokens.skip('used')) passAmount(tokens);
  },
  meter(tokens) {
    tokens.take();
    tokens.take();
    if (tokens.skip('size')) tokens.takeNumber();
    tokens.expect('{');
    let depth = 1;
    while (depth > 0) {
      const { text, isString } = tokens.take();
      if (!isString) depth += text === '{' ? 1 : text === '}' ? -1 : 0;
    }
  },
};

export function passCtCount(tokens: Tokens): Omit<Extract<Statement, { kind: 'ct-count' }>, 'raw'> {
  tokens.expect('ct');
  tokens.expect('count');
  const over = tokens.skip('over');
  return { kind: 'ct-count', over, count: tokens.takeNumber() };
}

function passName(tokens: Tokens): boolean {
  if (!tokens.skip('name')) return false;
  if (tokens.peek()?.isString === true) tokens.take();
  else textExpression(tokens, STRING);
  return true;
}

/** `10/second`, `10 kbytes/second`, `5 packets` */
function passAmount(tokens: Tokens): void {
  if (!/^\d+(\/[a-z]+)?$/.test(tokens.takeWord())) throw new NotUnderstood('no amount');
  if (/^(packets|[kmg]?bytes)(\/[a-z]+)?$/.test(tokens.word())) tokens.take();
}

function passLogFlags(tokens: Tokens): void {
  const kind = tokens.takeWord();
  if (kind !== 'tcp' && kind !== 'ip') return;
  do tokens.takeWord();
  while (tokens.skip(','));
}
