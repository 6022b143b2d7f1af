/** Reads the options of one match or target from a rule's words. */

/** How many words follow each option, `rest` where all after it is not looked into; `any` for modules of which nothing is. */
export type OptionSpec = Readonly<Record<string, number | 'rest'>> | 'any';

export interface Option {
  readonly values: readonly string[];
  readonly isInverted: boolean;
}

/** By option name; the order is that of the rule. */
export type Options = ReadonlyMap<string, Option>;

export interface ReadOptions {
  /** Undefined where an option is not in the spec, is given twice or lacks its value. */
  readonly options: Options | undefined;
  /** Index of the first word that is not an option of this module. */
  readonly next: number;
}

/** Reads from `words[from]` on, up to the next `-m`, `-j` or `-g` that is not itself a value. */
export function readOptions(words: readonly string[], from: number, spec: OptionSpec): ReadOptions {
  return spec === 'any' ? skipOptions(words, from) : readKnown(words, from, spec);
}

function readKnown(
  words: readonly string[],
  from: number,
  spec: Readonly<Record<string, number | 'rest'>>,
): ReadOptions {
  const options = new Map<string, Option>();
  let at = from;
  while (at < words.length && !isPart(words[at]!)) {
    const isInverted = words[at] === '!';
    const name = words[isInverted ? at + 1 : at] ?? '';
    if (isInverted && isPart(name)) break;
    const count = Object.hasOwn(spec, name) ? spec[name] : undefined;
    if (count === 'rest') return { options, next: skipOptions(words, at).next };
    const first = at + (isInverted ? 2 : 1);
    if (count === undefined || first + count > words.length || options.has(name)) {
      return { options: undefined, next: skipOptions(words, at).next };
    }
    options.set(name, { values: words.slice(first, first + count), isInverted });
    at = first + count;
  }
  return { options, next: at };
}

/** Words of options that are not known: each option takes the words after it that do not look like one. */
function skipOptions(words: readonly string[], from: number): ReadOptions {
  let at = from;
  while (at < words.length && !isPart(words[at]!) && !(words[at] === '!' && isPart(words[at + 1] ?? ''))) at++;
  return { options: new Map(), next: at };
}

/** Options of the rule itself, not of a match. */
function isPart(word: string): boolean {
  return PARTS.has(word);
}

const PARTS = new Set(['-m', '-j', '-g', '-s', '-d', '-i', '-o', '-p', '-f', '-c']);

/** Values of an option, or undefined. */
export function value(options: Options, name: string): string | undefined {
  return options.get(name)?.values[0];
}
