/** What the command line prints for some words, run in this process: for examples that the docs show. */
import { normalizeArgv } from '../src/cmd/argv.ts';
import { grammarOf, runProgram } from '../src/cmd/program.ts';
import type { Terminal } from '../src/cmd/terminal.ts';
import { skoop } from '../src/cmd/wiring.ts';

export async function printed(
  words: readonly string[],
  tty: Pick<Terminal, 'isTTY' | 'width' | 'env'>,
): Promise<string> {
  const chunks: Uint8Array[] = [];
  const terminal: Terminal = {
    ...tty,
    write: async (text) => void chunks.push(Buffer.from(text)),
    note: (line) => console.error(line),
    stdin: (async function* () {})(),
    isWatched: false,
    signal: new AbortController().signal,
    onInterrupt: () => {},
  };
  await runProgram(skoop, normalizeArgv(words, grammarOf(skoop)), terminal);
  return Buffer.concat(chunks).toString();
}
