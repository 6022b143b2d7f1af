/** One port of the guest: a shell line goes in, lines come out until it has ended, and what it reads goes in meanwhile. */
import { createInterface } from 'node:readline';
import type { Duplex } from 'node:stream';

interface Running {
  readonly onLine: (line: string) => void;
  readonly resolve: (code: number) => void;
  readonly reject: (error: Error) => void;
}

const ENDED = /^@ended (\d+)$/;

export class Port {
  readonly #stream: Duplex;
  #running: Running | undefined;
  #isOver = false;
  #onBack: (() => void) | undefined;

  constructor(stream: Duplex, over: Promise<void>) {
    this.#stream = stream;
    stream.on('error', () => {});
    createInterface({ input: stream }).on('line', (line) => this.#read(line));
    void this.#endWith(over);
  }

  /** The exit code of the line, once it has ended. */
  start(line: string, onLine: (line: string) => void): Promise<number> {
    if (this.#isOver) return Promise.reject(new Error('the guest kernel ended'));
    return new Promise((resolve, reject) => {
      this.#running = { onLine, resolve, reject };
      this.write(`${line}\n`);
    });
  }

  /** Standard input of what runs. */
  write(text: string): void {
    this.#stream.write(text);
  }

  lent(onBack: () => void): this {
    this.#onBack = onBack;
    return this;
  }

  giveBack(): void {
    this.#onBack?.();
    this.#onBack = undefined;
  }

  async #endWith(over: Promise<void>): Promise<void> {
    await over;
    this.#isOver = true;
    this.#running?.reject(new Error('the guest kernel ended'));
  }

  #read(line: string): void {
    const code = ENDED.exec(line)?.[1];
    if (code === undefined) return this.#running?.onLine(line);
    this.#running?.resolve(Number(code));
    this.#running = undefined;
  }
}
