/** What may stand where the cursor is, by the commands' own tables; names of a cluster are fetched by who calls. */
import type { Flag } from '../../context/flags.ts';
import type { Command } from '../command.ts';

export type NameKind = 'end' | 'namespace' | 'node';

export type Completion =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'names'; readonly of: NameKind; readonly prefix: string }
  /** The shell's own: files, or nothing. */
  | { readonly kind: 'none' };

const NAMES: Readonly<Record<string, NameKind>> = {
  src: 'end',
  dst: 'end',
  namespace: 'namespace',
  'collector-namespace': 'namespace',
  via: 'node',
  nodes: 'node',
};

/** `words` are those after the program's name; the last is the one that is being typed. */
export function completionOf(root: Command, words: readonly string[]): Completion {
  const typed = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const command = commandOf(root, before);
  const previous = before.at(-1);
  const flag = previous?.startsWith('-') === true ? flagOf(command, previous) : undefined;
  if (flag !== undefined && flag.flag.type !== 'boolean') return valueOf(flag, typed);
  if (typed.startsWith('-')) return start(typed, flagsOf(command));
  return start(
    typed,
    (command.commands ?? []).map(({ name }) => name),
  );
}

function commandOf(root: Command, words: readonly string[]): Command {
  let command = root;
  for (const word of words) command = command.commands?.find(({ name }) => name === word) ?? command;
  return command;
}

interface NamedFlag {
  readonly name: string;
  readonly flag: Flag;
}

function flagOf(command: Command, word: string): NamedFlag | undefined {
  const asked = word.replace(/^--?/, '');
  const all = command.groups.flatMap(({ flags }) => Object.entries(flags));
  const found = all.find(([name, flag]) =>
    word.startsWith('--') ? name === asked || flag.aliases?.includes(asked) === true : flag.short === asked,
  );
  return found === undefined ? undefined : { name: found[0], flag: found[1] };
}

function valueOf({ name, flag }: NamedFlag, typed: string): Completion {
  if (flag.type === 'string' && flag.choices !== undefined) return start(typed, flag.choices);
  const of = Object.hasOwn(NAMES, name) ? NAMES[name] : undefined;
  return of === undefined ? { kind: 'none' } : { kind: 'names', of, prefix: typed };
}

function flagsOf(command: Command): readonly string[] {
  const shown = command.groups
    .flatMap(({ flags }) => Object.entries(flags))
    .filter(([, { isHidden }]) => isHidden !== true);
  return [...new Set([...shown.map(([name]) => `--${name}`), '--help'])].sort();
}

function start(typed: string, words: readonly string[]): Completion {
  return { kind: 'words', words: words.filter((word) => word.startsWith(typed)) };
}
