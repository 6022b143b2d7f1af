/** Goes through a listing line by line, and over brackets that span several. */
import { NftSyntaxError } from './syntax-error.ts';

export class Lines {
  readonly #lines: readonly string[];
  #at = 0;

  constructor(text: string) {
    this.#lines = text.split('\n');
  }

  /** Without its indentation; undefined at the end. */
  next(): string | undefined {
    return this.#lines[this.#at++]?.trim();
  }

  /** Of a block: `what` is cut off where there is none. */
  inside(what: string): string {
    const line = this.next();
    if (line === undefined) throw this.error(`${what} is not closed: the text is cut off`);
    return line;
  }

  /** The line, and those that follow it up to where its braces are closed. */
  joined(line: string, what: string): string {
    let depth = balance(line);
    if (depth <= 0) return line;
    const parts = [line];
    while (depth > 0) {
      const more = this.inside(what);
      depth += balance(more);
      parts.push(more);
    }
    return parts.join(' ');
  }

  /** About the line that was read last. */
  error(message: string): NftSyntaxError {
    return new NftSyntaxError(`line ${Math.min(this.#at, this.#lines.length)}`, message);
  }
}

/** How many more braces the line opens than it closes; those in strings do not count. */
function balance(line: string): number {
  if (!line.includes('{') && !line.includes('}')) return 0;
  const bare = line.includes('"') ? line.replaceAll(/"[^"]*"/g, '') : line;
  let depth = 0;
  for (const char of bare) depth += char === '{' ? 1 : char === '}' ? -1 : 0;
  return depth;
}
