/** Cuts nft's text into words, strings and brackets. */
import { NotUnderstood } from './syntax-error.ts';

export interface Token {
  /** Of a string: without its quotes. */
  readonly text: string;
  readonly isString: boolean;
  readonly start: number;
  readonly end: number;
}

const TOKEN = /"([^"]*)"|@[a-z0-9]+,\d+,\d+|[{}(),;]|[^\s{}(),;"]+|"/g;

export class Tokens {
  readonly #text: string;
  readonly #tokens: Token[] = [];
  #at = 0;

  /** Throws NotUnderstood for a quote that is not closed. */
  constructor(text: string) {
    this.#text = text;
    for (const match of text.matchAll(TOKEN)) {
      const [all, string] = match;
      if (all === '"') throw new NotUnderstood('a quote is not closed');
      const start = match.index;
      this.#tokens.push({ text: string ?? all, isString: string !== undefined, start, end: start + all.length });
    }
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#tokens.length;
  }

  /** Where the next token is, to come back to. */
  get place(): number {
    return this.#at;
  }

  goTo(place: number): void {
    this.#at = place;
  }

  peek(ahead = 0): Token | undefined {
    return this.#tokens[this.#at + ahead];
  }

  /** The next word's text; empty for a string and at the end. */
  word(ahead = 0): string {
    const token = this.#tokens[this.#at + ahead];
    return token === undefined || token.isString ? '' : token.text;
  }

  take(): Token {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw new NotUnderstood('the text ends too early');
    this.#at += 1;
    return token;
  }

  takeWord(): string {
    const token = this.take();
    if (token.isString) throw new NotUnderstood(`a word was expected, not "${token.text}"`);
    return token.text;
  }

  takeString(): string {
    const token = this.take();
    if (!token.isString) throw new NotUnderstood(`a string was expected, not ${token.text}`);
    return token.text;
  }

  takeNumber(): number {
    const word = this.takeWord();
    if (!/^(\d+|0x[0-9a-f]+)$/i.test(word)) throw new NotUnderstood(`a number was expected, not ${word}`);
    return Number(word);
  }

  /** Goes past the word if it is the next. */
  skip(word: string): boolean {
    if (this.word() !== word) return false;
    this.#at += 1;
    return true;
  }

  expect(word: string): void {
    if (!this.skip(word)) throw new NotUnderstood(`${word} was expected`);
  }

  /** Puts words in the place of the token before; they have its place in the text. */
  putBack(...words: readonly string[]): void {
    const { start, end } = this.#tokens[this.#at - 1]!;
    this.#tokens.splice(this.#at - 1, 1, ...words.map((text) => ({ text, isString: false, start, end })));
    this.#at -= 1;
  }

  /** The text from one token up to where it has come. */
  since(place: number): string {
    const first = this.#tokens[place];
    const last = this.#tokens[this.#at - 1];
    return first === undefined || last === undefined ? '' : this.#text.slice(first.start, last.end);
  }

  rest(): string {
    const next = this.#tokens[this.#at];
    this.#at = this.#tokens.length;
    return next === undefined ? '' : this.#text.slice(next.start).trimEnd();
  }
}
