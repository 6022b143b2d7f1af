import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readLines } from '../../src/cmd/lines.ts';
import type { Line } from '../../src/cmd/lines.ts';

async function linesOf(chunks: readonly (string | Uint8Array)[], limit?: number): Promise<Line[]> {
  const bytes = async function* (): AsyncGenerator<Uint8Array> {
    for (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
  };
  return collect(readLines(bytes(), limit));
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const out: T[] = [];
  for await (const item of items) out.push(item);
  return out;
}

describe('lines of a stream', () => {
  it('gives the same lines however the stream is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: fc.constantFrom('a', 'é', '€', ' ') })),
        fc.nat(7),
        async (texts, size) => {
          const all = Buffer.from(texts.map((text) => `${text}\n`).join(''));
          const chunks = [];
          for (let at = 0; at < all.length; at += size + 1) chunks.push(all.subarray(at, at + size + 1));
          expect(await linesOf(chunks)).toEqual(texts.map((text, i) => ({ number: i + 1, text })));
        },
      ),
    );
  });

  it('takes a last line without its end, and CRLF', async () => {
    expect(await linesOf(['a\r\nb'])).toEqual([
      { number: 1, text: 'a' },
      { number: 2, text: 'b' },
    ]);
  });

  it('names a line that is too long or no UTF-8, and goes on', async () => {
    expect(await linesOf(['12345\n', '1234', '56\nok\n', Buffer.from([0xff, 10]), 'end\n'], 5)).toEqual([
      { number: 1, text: '12345' },
      { number: 2, problem: 'longer than 5 bytes' },
      { number: 3, text: 'ok' },
      { number: 4, problem: 'not UTF-8' },
      { number: 5, text: 'end' },
    ]);
  });
});
