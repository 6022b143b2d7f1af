/** A network namespace of this kernel with nft in it. */
import { execFileSync, spawnSync } from 'node:child_process';

export class NftNamespace {
  readonly #name = `nft-listing-${process.pid}`;

  constructor() {
    execFileSync('ip', ['netns', 'add', this.#name]);
  }

  close(): void {
    execFileSync('ip', ['netns', 'del', this.#name]);
  }

  list(...options: readonly string[]): string {
    const { stdout } = this.#run([...options, 'list', 'ruleset'], '');
    return stdout;
  }

  /** In the place of what was there. Undefined, or nft's words about what it refuses. */
  load(text: string): string | undefined {
    const { status, stderr } = this.#run(['-f', '-'], `flush ruleset\n${text}`);
    return status === 0 ? undefined : stderr;
  }

  /** Loads a line each; gives those that are refused. */
  loadLines(lines: readonly string[]): readonly string[] {
    const refused: string[] = [];
    const rest = [...lines];
    for (let words = this.load(rest.join('\n')); words !== undefined; words = this.load(rest.join('\n'))) {
      const [, number] = /^\/dev\/stdin:(\d+):/m.exec(words) ?? [];
      // The first line flushes.
      const line = number === undefined ? undefined : rest[Number(number) - 2];
      if (line === undefined) throw new Error(words);
      refused.push(line);
      rest.splice(Number(number) - 2, 1);
    }
    return refused;
  }

  #run(args: readonly string[], input: string): { status: number | null; stdout: string; stderr: string } {
    const command = [`--net=/run/netns/${this.#name}`, 'nft', ...args];
    return spawnSync('nsenter', command, { input, encoding: 'utf8', maxBuffer: 2 ** 28 });
  }
}
