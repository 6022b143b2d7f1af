/**
 * Rewrites the command line from all forms that Go's pflag takes into one: `--name=value`.
 *
 * pflag's rules, which scripts rely on: a boolean never takes the next word (`--http true` is the flag and an
 * argument), every other flag always does, even if it begins with a dash; shorthands of booleans may be grouped and
 * a value may follow its shorthand directly or after `=`; `_` in a long name is `-` (klog's flags).
 */
import type { Flag, FlagGroup } from '../context/flags.ts';
import { nearestNames } from '../k8s/nearest-names.ts';
import { UsageError } from './usage-error.ts';

/** What the words of one command may be. */
export interface Grammar {
  readonly groups: readonly FlagGroup[];
  /** Subcommands by name; the first argument that is one switches to its grammar. */
  readonly commands?: Readonly<Record<string, Grammar>>;
}

/** Words after `node script`, as typed, into words that hold one flag each. Throws {@link UsageError}. */
export function normalizeArgv(argv: readonly string[], grammar: Grammar): string[] {
  const out: string[] = [];
  const words = [...argv];
  let flags = new FlagIndex(grammar.groups);
  let commands = grammar.commands ?? {};
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === '--') return [...out, word, ...words];
    if (word.startsWith('--')) out.push(...longFlag(word, words, flags));
    else if (word.startsWith('-') && word !== '-') out.push(...shortFlags(word, words, flags));
    else {
      out.push(word);
      const command = Object.hasOwn(commands, word) ? commands[word] : undefined;
      if (command !== undefined) flags = new FlagIndex(command.groups);
      commands = command?.commands ?? {};
    }
  }
  return out;
}

interface NamedFlag {
  readonly name: string;
  readonly flag: Flag;
}

/** Flags of one command by long name, alias and shorthand. */
class FlagIndex {
  readonly #long = new Map<string, NamedFlag>();
  readonly #short = new Map<string, NamedFlag>();

  constructor(groups: readonly FlagGroup[]) {
    for (const [name, flag] of groups.flatMap((group) => Object.entries(group.flags))) {
      for (const spelling of [name, ...(flag.aliases ?? [])]) this.#long.set(spelling, { name, flag });
      if (flag.short !== undefined) this.#short.set(flag.short, { name, flag });
    }
  }

  long(text: string): NamedFlag {
    const name = text.replaceAll('_', '-');
    const found = this.#long.get(name);
    if (found !== undefined) return found;
    const shown = [...this.#long].filter(([, { flag }]) => flag.isHidden !== true).map(([spelling]) => spelling);
    const [best] = nearestNames(name, [...shown, 'help']);
    throw new UsageError(`unknown flag --${text}${best === undefined ? '' : `; did you mean --${best}?`}`);
  }

  short(letter: string, word: string): NamedFlag {
    const found = this.#short.get(letter);
    if (found !== undefined) return found;
    // `-src` is how other tools write it; say so instead of complaining about the letter.
    const long = this.#long.get(word.slice(1).split('=')[0]!);
    const hint = long === undefined ? '' : `; long flags have two dashes: --${long.name}`;
    throw new UsageError(`unknown flag -${letter}${word.length > 2 ? ` in ${word}` : ''}${hint}`);
  }
}

function longFlag(word: string, rest: string[], flags: FlagIndex): string[] {
  const [name, value] = splitAtEquals(word.slice(2));
  if (name === 'help') return ['--help'];
  const found = flags.long(name);
  return value === undefined ? withNextWord(found, `--${name}`, rest) : [`--${found.name}=${value}`];
}

function shortFlags(word: string, rest: string[], flags: FlagIndex): string[] {
  const out: string[] = [];
  for (let i = 1; i < word.length; i++) {
    if (word[i] === 'h') {
      out.push('--help');
      continue;
    }
    const found = flags.short(word[i]!, word);
    const tail = word.slice(i + 1);
    if (tail.startsWith('=')) return [...out, `--${found.name}=${tail.slice(1)}`];
    if (found.flag.type === 'boolean') out.push(`--${found.name}=true`);
    else
      return tail === '' ? [...out, ...withNextWord(found, `-${word[i]}`, rest)] : [...out, `--${found.name}=${tail}`];
  }
  return out;
}

/** The flag with the word after it, for a flag that takes one; a variadic flag takes all up to the next flag. */
function withNextWord({ name, flag }: NamedFlag, typed: string, rest: string[]): string[] {
  if (flag.type === 'boolean') return [`--${name}=true`];
  const value = rest.shift();
  if (value === undefined) throw new UsageError(`flag ${typed} needs a value`);
  const out = [`--${name}=${value}`];
  if (flag.type === 'strings' && flag.isVariadic === true) {
    while (rest[0] !== undefined && (rest[0] === '-' || !rest[0].startsWith('-')))
      out.push(`--${name}=${rest.shift()}`);
  }
  return out;
}

function splitAtEquals(text: string): readonly [string, string | undefined] {
  const at = text.indexOf('=');
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
