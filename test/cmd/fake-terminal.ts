/** A terminal whose output a test can read. */
import type { Terminal } from '../../src/cmd/terminal.ts';

export interface FakeTerminal extends Terminal {
  readonly written: () => string;
  readonly notes: readonly string[];
}

export function fakeTerminal(
  options: { stdin?: string; isTTY?: boolean; env?: Record<string, string> } = {},
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
    width: 100,
    env: options.env ?? {},
    signal: new AbortController().signal,
    written: () => Buffer.concat(chunks).toString(),
    notes,
  };
}
