/** The terminal of the running process: standard streams, signals, and readers that go away. */
import { FAILED, INTERRUPTED } from './exit-code.ts';
import type { Terminal } from './terminal.ts';

/** Milliseconds that cleaning up may take after a signal. */
const CLEAN_UP_LIMIT = 2000;

/** Installs the process's handlers; to be called once. */
export function processTerminal(process: NodeJS.Process): Terminal {
  const { stdout, stderr } = process;
  const aborted = new AbortController();
  const cleanUps: (() => Promise<void>)[] = [];
  // The first where the terminal is closed, or the connection to it breaks.
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      const exit = (): never => process.exit(INTERRUPTED[signal]);
      // What listens to the signal ends its children before it returns. Who asks a second time does not want to wait.
      if (aborted.signal.aborted || cleanUps.length === 0) {
        aborted.abort();
        exit();
      }
      aborted.abort();
      setTimeout(exit, CLEAN_UP_LIMIT);
      void Promise.allSettled(cleanUps.map(async (cleanUp) => cleanUp())).then(exit);
    });
  }
  // `skoop … | head` closes the pipe: that is no failure. Without a listener Node would throw.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
    stderr.write(`skoop: standard output: ${error.message}\n`);
    process.exit(FAILED);
  });
  stderr.on('error', () => {});
  return {
    write: (text) => new Promise((resolve) => (stdout.write(text) ? resolve() : stdout.once('drain', resolve))),
    note: (line) => void stderr.write(`${line}\n`),
    get stdin() {
      return process.stdin;
    },
    isTTY: stdout.isTTY === true,
    isWatched: stderr.isTTY === true,
    width: stdout.isTTY === true ? stdout.columns : 100,
    env: process.env,
    signal: aborted.signal,
    onInterrupt: (cleanUp) => void cleanUps.push(cleanUp),
  };
}
