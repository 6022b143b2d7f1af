/** The process as a command sees it, so that commands run in tests without one. */

export interface Terminal {
  /** Results: standard output. Resolves when the reader has taken the text, so that a slow reader slows the writer. */
  write(text: string | Uint8Array): Promise<void>;
  /** Everything that is not a result: one line to standard error. */
  note(line: string): void;
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly isTTY: boolean;
  /** Whether standard error is a terminal, so that progress has a reader. */
  readonly isWatched: boolean;
  /** Columns of the terminal; 100 where it is none. */
  readonly width: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted on SIGHUP, SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  /** What is to be cleaned up before one of these ends the process; it gets two seconds. */
  onInterrupt(cleanUp: () => Promise<void>): void;
}

export type ColorChoice = 'auto' | 'always' | 'never';

/** Whether to colour standard output: the flag, then NO_COLOR and FORCE_COLOR, then whether a person is looking. */
export function wantsColor(terminal: Terminal, choice: ColorChoice): boolean {
  if (choice !== 'auto') return choice === 'always';
  if ((terminal.env['NO_COLOR'] ?? '') !== '') return false;
  const forced = terminal.env['FORCE_COLOR'];
  if (forced !== undefined && forced !== '') return forced !== '0';
  return terminal.isTTY && terminal.env['TERM'] !== 'dumb';
}
