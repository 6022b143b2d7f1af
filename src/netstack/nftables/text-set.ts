/** Reads a set or map as nft lists it. */
import { dataType } from './data-type.ts';
import { lazySet } from './lazy.ts';
import { secondsOf } from './constant-word.ts';
import { NotUnderstood } from './syntax-error.ts';
import { textElements, textExpression } from './text-expression.ts';
import type { Lines } from './text-lines.ts';
import { Tokens } from './text-tokens.ts';
import { typesOf } from './type-of.ts';
import type { Element, NftSet } from './types.ts';

type Head = { -readonly [K in keyof Omit<NftSet, 'elements'>]: NftSet[K] };

/** The lines behind the opening one, and the closing one. */
export function textSet(lines: Lines, kind: 'set' | 'map', name: string, handle: number | undefined): NftSet {
  const head: Head = { kind, name, isDynamic: false, flags: [], ...(handle === undefined ? {} : { handle }) };
  const statements: string[] = [];
  const what = `${kind} ${name}`;
  let elements = '';
  for (let line = lines.inside(what); line !== '}'; line = lines.inside(what)) {
    if (line.startsWith('elements = ')) elements = lines.joined(line, what).slice('elements = '.length);
    else if (line !== '' && !readHead(lines, head, line)) statements.push(line);
  }
  if (statements.length > 0) head.elementStatements = statements;
  head.isDynamic = head.flags!.includes('dynamic');
  const { keyTypes = [], dataTypes = [] } = head;
  return lazySet(head, () => readElements(elements, keyTypes, dataTypes));
}

/** False for a line that is a statement which each element has. */
function readHead(lines: Lines, head: Head, line: string): boolean {
  const space = line.indexOf(' ');
  const word = space < 0 ? line : line.slice(0, space);
  const rest = space < 0 ? '' : line.slice(space + 1);
  switch (word) {
    case 'type':
    case 'typeof':
      readTypes(lines, head, word, rest);
      return true;
    case 'flags':
      head.flags = rest.split(',').map((flag) => flag.trim());
      return true;
    case 'timeout':
      head.timeout = time(lines, rest);
      return true;
    case 'gc-interval':
      head.gcInterval = time(lines, rest);
      return true;
    case 'size':
      if (!/^\d+( # count \d+)?$/.test(rest)) throw lines.error(`${rest.slice(0, 40)} is no size`);
      head.size = Number.parseInt(rest, 10);
      return true;
    case 'policy':
      head.policy = rest;
      return true;
    case 'auto-merge':
      head.isAutoMerge = true;
      return true;
    case 'comment':
      head.comment = rest.replaceAll('"', '');
      return true;
    default:
      return false;
  }
}

function time(lines: Lines, text: string): number {
  const seconds = secondsOf(text);
  if (seconds === undefined) throw lines.error(`${text.slice(0, 40)} is no time`);
  return seconds;
}

function readTypes(lines: Lines, head: Head, word: 'type' | 'typeof', text: string): void {
  const [key = '', data] = text.split(' : ');
  const plain = data?.replace(/^interval /, '');
  if (plain !== data) head.isIntervalData = true;
  const names = word === 'type' ? (one: string): readonly string[] => one.split(' . ') : typeofNames(lines);
  head.keyTypes = names(key);
  if (plain !== undefined) head.dataTypes = names(plain);
  if (word === 'typeof') head.typeof = { key, ...(plain === undefined ? {} : { data: plain }) };
}

function typeofNames(lines: Lines): (text: string) => readonly string[] {
  return (text) => {
    // Verdicts and named objects are no expressions.
    if (dataType(text).isText === true) return [text];
    try {
      return typesOf(textExpression(new Tokens(text))).map(({ name }) => name);
    } catch (error) {
      if (!(error instanceof NotUnderstood)) throw error;
      throw lines.error(`typeof ${text.slice(0, 80)}: ${error.message}`);
    }
  };
}

/** One that is not understood leaves what is in the set unknown. */
function readElements(text: string, keyTypes: readonly string[], dataTypes: readonly string[]): readonly Element[] {
  if (text === '') return [];
  try {
    const tokens = new Tokens(text);
    tokens.expect('{');
    return textElements(tokens, keyTypes.map(dataType), dataTypes.map(dataType));
  } catch (error) {
    if (!(error instanceof NotUnderstood)) throw error;
    return [{ key: { kind: 'unknown', raw: error.message } }];
  }
}
