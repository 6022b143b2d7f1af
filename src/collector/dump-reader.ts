/** Walks the lines and bodies of a dump with the place for errors; knows the frame, not its meaning. */
import { InputError } from './input-error.ts';
import { DUMP_MAGIC } from './frame.ts';
import { DUMP_SCHEMA } from '../model/dump.ts';

const NEWLINE = 10;
/** No control line is longer; a file without newlines must not become one string. */
const MAX_LINE = 8192;
const CUT_REMEDY = 'The file was cut off while it was taken or copied: take the dump again.';

export class DumpReader {
  readonly #data: Buffer;
  readonly #file: string;
  readonly #mark: string;
  #offset: number;
  /** Where the line that is looked at starts: errors name it. */
  #line: number;
  #section: string | undefined;

  /** Checks the first line. Throws InputError. */
  constructor(data: Buffer, file: string) {
    this.#data = data;
    this.#file = file;
    this.#line = 0;
    this.#mark = `@${readNonce(data, file)} `;
    this.#offset = data.indexOf(NEWLINE) + 1;
  }

  /** The section that errors name from now on. */
  set section(name: string | undefined) {
    this.#section = name;
  }

  /** The next control line without its mark, or undefined at the end of the data. */
  next(): { readonly word: string; readonly rest: string } | undefined {
    if (this.#offset >= this.#data.length) return undefined;
    this.#line = this.#offset;
    const end = this.#data.indexOf(NEWLINE, this.#offset);
    if (end < 0) throw this.error('ends in the middle of a line', CUT_REMEDY);
    if (end - this.#offset > MAX_LINE) throw this.error(`a control line of ${end - this.#offset} bytes`);
    const line = this.#data.toString('utf8', this.#offset, end);
    if (!line.startsWith(this.#mark)) {
      throw this.error('a control line was expected here; what stands before it does not have the length that it says');
    }
    this.#offset = end + 1;
    const text = line.slice(this.#mark.length);
    const space = text.indexOf(' ');
    return space < 0 ? { word: text, rest: '' } : { word: text.slice(0, space), rest: text.slice(space + 1) };
  }

  /** The next `length` bytes and the newline and trailer after them. */
  body(name: string, length: number): Buffer {
    const start = this.#offset;
    const end = start + length;
    const trailer = `\n${this.#mark}end ${name}\n`;
    if (end + trailer.length > this.#data.length) {
      throw this.#data.indexOf(trailer, start) < 0
        ? this.error('the file ends inside this section', CUT_REMEDY)
        : this.error(`says that it has ${length} bytes, but it ends before them`);
    }
    if (this.#data.toString('utf8', end, end + trailer.length) !== trailer) {
      throw this.error(`says that it has ${length} bytes, but its end is not there`);
    }
    this.#offset = end + trailer.length;
    return this.#data.subarray(start, end);
  }

  error(problem: string, remedy?: string): InputError {
    const place = { file: this.#file, line: lineAt(this.#data, this.#line) };
    return new InputError(
      this.#section === undefined ? place : { ...place, section: this.#section },
      problem,
      remedy === undefined ? {} : { remedy },
    );
  }

  cutOff(): InputError {
    this.#line = this.#offset;
    return this.error('ends before its last line', CUT_REMEDY);
  }
}

/** 1-based number of the line that the byte at `offset` is in. */
export function lineAt(data: Buffer, offset: number): number {
  let line = 1;
  for (let at = data.indexOf(NEWLINE); at >= 0 && at < offset; at = data.indexOf(NEWLINE, at + 1)) line++;
  return line;
}

function readNonce(data: Buffer, file: string): string {
  const place = { file, line: 1 };
  if (data.length === 0)
    throw new InputError(place, 'is empty', {
      remedy: 'Take the dump again and look at what the collector wrote to standard error.',
    });
  const first = data.toString('latin1', 0, Math.min(data.length, 200)).split('\n', 1)[0] ?? '';
  const [magic, version = '', nonce = ''] = first.split(' ');
  if (magic !== DUMP_MAGIC) {
    throw new InputError(place, 'is not a dump', { remedy: 'A dump is what `skoop collect` or collect.sh prints.' });
  }
  if (version !== String(DUMP_SCHEMA)) throw wrongVersion(place, version);
  if (!/^[0-9a-zA-Z]{8,64}$/.test(nonce)) throw new InputError(place, 'its first line is damaged');
  if (data.indexOf(NEWLINE) < 0) throw new InputError(place, 'ends in its first line', { remedy: CUT_REMEDY });
  return nonce;
}

function wrongVersion(place: { readonly file: string; readonly line: number }, version: string): InputError {
  if (!/^\d{1,9}$/.test(version)) return new InputError(place, 'its version is not a number');
  return new InputError(place, `is a dump of version ${version}, this skoop reads version ${DUMP_SCHEMA}`, {
    remedy: Number(version) > DUMP_SCHEMA ? 'Use a newer skoop.' : 'Take the dump again with this version’s collector.',
  });
}
