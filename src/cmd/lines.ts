/** Splits a byte stream into lines as they come, with a limit, so that one endless line cannot fill the memory. */

export interface Line {
  /** Counted from 1. */
  readonly number: number;
  /** Without its line end; absent where it was longer than the limit or was not UTF-8. */
  readonly text?: string;
  readonly problem?: string;
}

const NEWLINE = 10;

export async function* readLines(stream: AsyncIterable<Uint8Array>, limit = 1 << 20): AsyncGenerator<Line> {
  let number = 0;
  let parts: Uint8Array[] = [];
  let size = 0;
  const take = (): Line => {
    const line = toLine(++number, parts, size, limit);
    parts = [];
    size = 0;
    return line;
  };
  for await (const chunk of stream) {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      size += at - from;
      if (size <= limit) parts.push(chunk.subarray(from, at));
      from = at + 1;
      yield take();
    }
    size += chunk.length - from;
    if (size <= limit) parts.push(chunk.subarray(from));
    else parts = [];
  }
  if (size > 0) yield take();
}

function toLine(number: number, parts: readonly Uint8Array[], size: number, limit: number): Line {
  if (size > limit) return { number, problem: `longer than ${limit} bytes` };
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts));
    return { number, text: text.endsWith('\r') ? text.slice(0, -1) : text };
  } catch {
    return { number, problem: 'not UTF-8' };
  }
}
