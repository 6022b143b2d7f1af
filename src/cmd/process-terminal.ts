/** The terminal of the running process: standard streams, signals, and readers that go away. */
import { FAILED, INTERRUPTED } from './exit-code.ts';
import type { Terminal } from './terminal.ts';

/** Installs the process's handlers; to be called once. */
export function processTerminal(process: NodeJS.Process): Terminal {
  const { stdout, stderr } = process;
  const aborted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      aborted.abort();
      // What listens to the signal ends its children before it returns; nothing else is worth waiting for.
      process.exit(INTERRUPTED[signal]);
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
    width: stdout.isTTY === true ? stdout.columns : 100,
    env: process.env,
    signal: aborted.signal,
  };
}
