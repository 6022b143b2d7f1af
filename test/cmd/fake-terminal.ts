/** A terminal whose output a test can read. */
import type { Terminal } from '../../src/cmd/terminal.ts';

export interface FakeTerminal extends Terminal {
  readonly written: () => string;
  readonly notes: readonly string[];
}

export function fakeTerminal(
  options: { stdin?: string; isTTY?: boolean; isWatched?: boolean; env?: Record<string, string> } = {},
): FakeTerminal {
  const chunks: Uint8Array[] = [];
  const notes: string[] = [];
  return {
    write: async (text) => void chunks.push(Buffer.from(text)),
    note: (line) => void notes.push(line),
    stdin: (async function* () {
      yield Buffer.from(options.stdin ?? '');
    })(),
    isTTY: options.isTTY ?? false,
    isWatched: options.isWatched ?? false,
    width: 100,
    env: options.env ?? {},
    signal: new AbortController().signal,
    onInterrupt: () => {},
    written: () => Buffer.concat(chunks).toString(),
    notes,
  };
}
