/** Builds commander's program from our commands: it does help, dispatch and the count of arguments. */
import { Command as Commander, CommanderError, Help, Option } from 'commander';
import { Context } from '../context/context.ts';
import type { Flag, FlagGroup, FlagHeading } from '../context/flags.ts';
import { parseFlagValue } from '../context/values.ts';
import type { RawFlagValue } from '../context/values.ts';
import { nearestNames } from '../k8s/nearest-names.ts';
import { assertNever } from '../model/assert-never.ts';
import type { Command } from './command.ts';
import type { Grammar } from './argv.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

const HEADINGS: readonly FlagHeading[] = [
  'Diagnose task',
  'Bundle',
  'Cluster config',
  'UI config',
  'Collector',
  'Calico',
  'Flannel',
  'Generic provider',
  'Aliyun',
  'Log',
  'Miscellaneous',
];

/**
 * Runs the command that `argv` (already normalised) names and returns its exit code.
 * Throws {@link UsageError}, and whatever the command throws.
 */
export async function runProgram(root: Command, argv: readonly string[], terminal: Terminal): Promise<number> {
  let exitCode = 0;
  const help: string[] = [];
  const build = (command: Command): Commander => {
    const built = describe(command);
    built.configureOutput({
      writeOut: (text) => help.push(text),
      writeErr: () => {},
      getOutHelpWidth: () => terminal.width,
    });
    built.exitOverride();
    // one that nobody calls is shown by its name at most
    for (const subcommand of command.commands ?? [])
      built.addCommand(argv.includes(subcommand.name) ? build(subcommand) : named(subcommand));
    built.action(async () => {
      if (command.run === undefined || built.args.length > (command.args ?? []).length)
        throw unexpectedWord(command, built.args);
      exitCode = await command.run({ context: new Context(givenValues(built)), args: built.args, terminal });
    });
    return built;
  };
  try {
    await build(root).parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw new UsageError(error.message.replace(/^error: /, ''), { cause: error });
    await terminal.write(help.join(''));
  }
  return exitCode;
}

/** The grammar that the argv normaliser needs, from the same commands. */
export function grammarOf(command: Command): Grammar {
  const commands = Object.fromEntries((command.commands ?? []).map((child) => [child.name, grammarOf(child)]));
  return { groups: command.groups, commands };
}

/** What the help of the command above shows of it. */
function named(command: Command): Commander {
  const built = new Commander(command.name).description(command.summary).helpCommand(false);
  for (const { name, isRequired, help } of command.args ?? [])
    built.argument(isRequired ? `<${name}>` : `[${name}]`, help);
  return built;
}

function describe(command: Command): Commander {
  const built = named(command);
  built.addHelpOption(new Option('-h, --help', 'show this').helpGroup('Miscellaneous:'));
  built.enablePositionalOptions().allowExcessArguments(true);
  if (command.usage !== undefined) built.usage(command.usage);
  for (const heading of HEADINGS) {
    for (const group of command.groups.filter((candidate) => candidate.heading === heading)) addOptions(built, group);
  }
  built.configureHelp({
    optionTerm,
    subcommandTerm: (child) => [child.name(), ...child.registeredArguments.map((word) => `[${word.name()}]`)].join(' '),
  });
  if (command.examples !== undefined)
    built.addHelpText('after', `\nExamples:\n${command.examples.map((line) => `  ${line}`).join('\n')}`);
  return built;
}

function addOptions(built: Commander, group: FlagGroup): void {
  for (const [name, flag] of Object.entries(group.flags)) {
    const option = new Option(
      `${flag.short === undefined ? '' : `-${flag.short}, `}--${name} <${placeholderOf(flag)}>`,
      helpOf(flag),
    );
    option.helpGroup(`${group.heading}:`).hideHelp(flag.isHidden === true);
    option.argParser((text: string, previous: RawFlagValue | undefined) => {
      const parsed = parseFlagValue(flag, text);
      if (!parsed.ok) throw new UsageError(`--${name}: "${text}" is not ${parsed.expected}`);
      return Array.isArray(previous) && Array.isArray(parsed.value) ? [...previous, ...parsed.value] : parsed.value;
    });
    built.addOption(option);
  }
}

function placeholderOf(flag: Flag): string {
  if (flag.type === 'string' && flag.choices !== undefined) return flag.choices.join('|');
  if (flag.placeholder !== undefined)
    return flag.type === 'strings' && flag.isVariadic === true ? `${flag.placeholder}…` : flag.placeholder;
  switch (flag.type) {
    case 'integer':
      return 'N';
    case 'duration':
      return 'DURATION';
    case 'strings':
      return 'LIST';
    case 'boolean':
      return 'BOOLEAN';
    case 'string':
      return 'TEXT';
    default:
      return assertNever(flag);
  }
}

function helpOf(flag: Flag): string {
  const standard = 'default' in flag ? flag.default : undefined;
  return standard === undefined || standard === false || standard === 0
    ? flag.help
    : `${flag.help} (default ${standard})`;
}

/** Booleans are declared with a value, as `--http=true` must be understood, and shown without. */
function optionTerm(option: Option): string {
  return new Help()
    .optionTerm(option)
    .replace(/ <BOOLEAN>$/, '')
    .replaceAll(/[<>]/g, '');
}

function givenValues(built: Commander): ReadonlyMap<string, RawFlagValue> {
  const values = built.opts<Record<string, RawFlagValue>>();
  const given = built.options.filter((option) => option.attributeName() in values);
  return new Map(given.map((option) => [option.name(), values[option.attributeName()]!]));
}

function unexpectedWord(command: Command, args: readonly string[]): UsageError {
  const names = (command.commands ?? []).map((child) => child.name);
  const word = args[(command.args ?? []).length];
  if (word === undefined) return new UsageError(`${command.name}: say what to do: ${names.join(', ')}`);
  if (names.length === 0) return new UsageError(`${command.name}: what is "${word}" for? ${expectedWords(command)}`);
  const [best] = nearestNames(word, names);
  return new UsageError(
    `"${word}" is no command (${names.join(', ')})${best === undefined ? '' : `; did you mean ${best}?`}`,
  );
}

function expectedWords(command: Command): string {
  const names = (command.args ?? []).map(({ name }) => name);
  return names.length === 0 ? 'It takes flags only' : `It takes ${names.join(' and ')} only`;
}
