/** Finds a rule's target without reading the rest of it. */
import { IptablesSyntaxError } from './syntax-error.ts';
import { splitWords } from './words.ts';

export interface Jump {
  readonly name: string;
  readonly isGoto: boolean;
}

/** What `-j` or `-g` names; undefined for a rule with no target. Throws IptablesSyntaxError for a quote that is not closed. */
export function jumpOf(raw: string, line: number): Jump | undefined {
  let from = 0;
  for (;;) {
    const quote = raw.indexOf('"', from);
    const found = flagBetween(raw, from, quote < 0 ? raw.length : quote);
    if (found !== undefined)
      return found.name.startsWith('-') ? jumpByWords(raw) : requireClosed(raw, quote, line, found);
    if (quote < 0) return undefined;
    from = afterQuote(raw, quote, line);
  }
}

function flagBetween(raw: string, from: number, to: number): Jump | undefined {
  for (let at = raw.indexOf(' -', from); at >= 0 && at < to; at = raw.indexOf(' -', at + 1)) {
    const flag = raw.charCodeAt(at + 2);
    if ((flag !== LOWER_J && flag !== LOWER_G) || raw.charCodeAt(at + 3) !== SPACE) continue;
    const end = raw.indexOf(' ', at + 4);
    return { name: raw.slice(at + 4, end < 0 ? raw.length : end), isGoto: flag === LOWER_G };
  }
  return undefined;
}

const SPACE = 32;
const LOWER_G = 103;
const LOWER_J = 106;

/** A comment may be `-j` without quotes: then only reading word by word tells. */
function jumpByWords(raw: string): Jump | undefined {
  const words = splitWords(raw);
  for (let i = words.length - 2; i > 0; i--) {
    if (words[i] === '-j' || words[i] === '-g') return { name: words[i + 1]!, isGoto: words[i] === '-g' };
  }
  return undefined;
}

function requireClosed(raw: string, firstQuote: number, line: number, jump: Jump): Jump {
  for (let quote = firstQuote; quote >= 0; quote = raw.indexOf('"', afterQuote(raw, quote, line)));
  return jump;
}

/** The index after the quoted text that begins at `quote`. */
function afterQuote(raw: string, quote: number, line: number): number {
  for (let end = raw.indexOf('"', quote + 1); end >= 0; end = raw.indexOf('"', end + 1)) {
    let slashes = 0;
    while (raw.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return end + 1;
  }
  throw new IptablesSyntaxError(line, `a quote is not closed: ${raw.slice(0, 80)}`);
}

const BACKSLASH = 92;
