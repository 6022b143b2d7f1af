/** What a command of the command line is: data that help, the argv normaliser and the dispatcher read. */
import type { Context } from '../context/context.ts';
import type { FlagGroup } from '../context/flags.ts';
import type { Terminal } from './terminal.ts';

export interface CommandInput {
  readonly context: Context;
  /** Words that are no flags. */
  readonly args: readonly string[];
  readonly terminal: Terminal;
}

export interface Command {
  readonly name: string;
  /** One line of the parent's help. */
  readonly summary: string;
  /** `<code>` must be there, `[code]` may; more words than named here are refused. */
  readonly args?: readonly { readonly name: string; readonly isRequired: boolean; readonly help: string }[];
  /** What follows the name in `Usage:`. */
  readonly usage?: string;
  /** Lines after the flags. */
  readonly examples?: readonly string[];
  readonly groups: readonly FlagGroup[];
  readonly commands?: readonly Command[];
  /** Does the work and returns the exit code; absent where only the subcommands do something. */
  readonly run?: (input: CommandInput) => Promise<number>;
}
