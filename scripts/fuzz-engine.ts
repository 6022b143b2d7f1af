/** A small coverage-guided fuzzer: inputs that reach new code, as V8 counts it, are kept and changed further. */
import { Session } from 'node:inspector';

export interface FuzzTarget {
  readonly name: string;
  readonly seeds: readonly Buffer[];
  /** Words that a change may insert: what the format is made of. */
  readonly words: readonly string[];
  /** Throws for a finding; an expected refusal returns. */
  readonly run: (input: Buffer) => void | Promise<void>;
}

export interface FuzzLimits {
  readonly seed: number;
  readonly milliseconds: number;
  /** An input that takes longer is a finding. */
  readonly slowestMilliseconds: number;
  /** Resident memory above that is a finding. */
  readonly maxRssBytes: number;
}

export interface FuzzReport {
  readonly target: string;
  readonly runs: number;
  readonly corpus: number;
  /** Blocks of code that were reached. */
  readonly blocks: number;
  readonly slowest: number;
  readonly finding?: { readonly input: Buffer; readonly why: unknown };
}

/** Coverage is asked for after this many inputs: asking costs as much as running a few hundred. */
const BATCH = 64;
const MAX_INPUT = 256 * 1024;

export async function fuzz(target: FuzzTarget, limits: FuzzLimits): Promise<FuzzReport> {
  const random = mulberry32(limits.seed);
  const corpus = [...target.seeds];
  using coverage = startCoverage();
  let [runs, slowest] = [0, 0];
  const attempt = async (input: Buffer): Promise<unknown> => {
    const started = performance.now();
    try {
      await target.run(input);
    } catch (error) {
      return error;
    }
    const took = performance.now() - started;
    slowest = Math.max(slowest, took);
    runs++;
    if (took > limits.slowestMilliseconds) return new Error(`took ${Math.round(took)} ms`);
    return process.memoryUsage.rss() > limits.maxRssBytes
      ? new Error(`${process.memoryUsage.rss()} bytes are resident`)
      : undefined;
  };
  const report = (): FuzzReport => ({
    target: target.name,
    runs,
    corpus: corpus.length,
    blocks: coverage.known(),
    slowest,
  });

  for (const seed of target.seeds) {
    const why = await attempt(seed);
    if (why !== undefined) return { ...report(), finding: { input: seed, why } };
  }
  coverage.isNew();
  const end = performance.now() + limits.milliseconds;
  while (performance.now() < end) {
    const batch: Buffer[] = [];
    while (batch.length < BATCH && performance.now() < end) {
      const input = mutate(pick(corpus, random), { random, corpus, words: target.words });
      batch.push(input);
      const why = await attempt(input);
      if (why !== undefined) return { ...report(), finding: { input, why } };
    }
    // Which of them it was does not matter much: those that are kept by mistake are only a few more to start from.
    if (coverage.isNew()) corpus.push(...batch.filter(() => random() < 8 / BATCH));
  }
  return report();
}

interface Coverage extends Disposable {
  /** Whether code was reached since the last call that no input had reached before. */
  isNew(): boolean;
  known(): number;
}

function startCoverage(): Coverage {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  const known = new Set<string>();
  return {
    known: () => known.size,
    isNew() {
      const before = known.size;
      session.post('Profiler.takePreciseCoverage', (error, found) => {
        if (error !== null) throw error;
        for (const { url, functions } of found.result) {
          if (!/\/src\/(?:bundle|collector|model|netstack)\//.test(url)) continue;
          for (const { ranges } of functions) {
            for (const { startOffset, endOffset, count } of ranges)
              if (count > 0) known.add(`${url}:${startOffset}-${endOffset}`);
          }
        }
      });
      return known.size > before;
    },
    [Symbol.dispose]() {
      session.post('Profiler.stopPreciseCoverage');
      session.disconnect();
    },
  };
}

interface Change {
  readonly random: () => number;
  readonly corpus: readonly Buffer[];
  readonly words: readonly string[];
}

function mutate(input: Buffer, change: Change): Buffer {
  let out = input;
  for (let i = 0; i <= change.random() * 4; i++) out = mutateOnce(out, change);
  return out.subarray(0, MAX_INPUT);
}

function mutateOnce(input: Buffer, { random, corpus, words }: Change): Buffer {
  const at = Math.floor(random() * (input.length + 1));
  const to = Math.min(input.length, at + Math.floor(random() ** 4 * 200));
  const cut = (insert: Buffer, from = at, until = at): Buffer =>
    Buffer.concat([input.subarray(0, from), insert, input.subarray(until)]);
  switch (Math.floor(random() * 8)) {
    case 0:
      return cut(Buffer.from([Math.floor(random() * 256)]), at, Math.min(input.length, at + 1));
    case 1:
      return cut(Buffer.alloc(0), at, to);
    case 2:
      return cut(input.subarray(at, to));
    case 3:
      return cut(Buffer.from(pick(words, random)));
    case 4:
      return cut(Buffer.from(pick(words, random)), at, to);
    case 5: {
      const other = pick(corpus, random);
      const start = Math.floor(random() * other.length);
      return cut(other.subarray(start, start + Math.floor(random() * 400)));
    }
    case 6:
      return cut(Buffer.from(String(Math.floor(2 ** (random() * 60)))), at, to);
    default:
      return cut(
        Buffer.alloc(Math.floor(random() ** 6 * 20_000), pick(['[', '{"a":', '\0', ' ', '- ', '\u{ff}', '0'], random)),
      );
  }
}

function pick<T>(list: readonly T[], random: () => number): T {
  return list[Math.floor(random() * list.length)]!;
}

/** Numbers in [0, 1) that are the same for the same seed (Tommy Ettinger's mulberry32). */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
