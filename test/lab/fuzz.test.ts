/** Random cases of a fresh seed, and every case that disagreed once, on this machine's kernel. */
import { describe, expect, it } from 'vitest';
import { unavailable } from '../../lab/available.ts';
import { collectorCommand } from '../../lab/collector-command.ts';
import type { FuzzCase } from '../../lab/fuzz/fuzz-case.ts';
import { fuzzKernel } from '../../lab/fuzz/fuzz.ts';
import { generate } from '../../lab/fuzz/generate.ts';
import { readKept } from '../../lab/fuzz/kept.ts';
import type { Tally } from '../../lab/fuzz/tally.ts';

const TRIALS = 500;
/** One sysctl that is not modelled makes half of a case undetermined: the 2 % of the command need more cases than these. */
const MOST_UNDETERMINED = 0.15;
const MINUTES = 60_000;

const why = await unavailable();
if (why !== undefined) process.stderr.write(`random cases are skipped: ${why}\n`);

async function run(next: () => FuzzCase | undefined, name: string): Promise<[Tally, readonly string[]]> {
  const wrong: string[] = [];
  const tally = await fuzzKernel({
    collector: collectorCommand(),
    next,
    say: (line) => void process.stderr.write(`${line}\n`),
    onResult: (fuzz, { disagreements }) => wrong.push(...disagreements.map(({ line }) => `${fuzz.name}: ${line}`)),
  });
  for (const line of tally.reasons()) process.stderr.write(`undetermined ${line.trim()}\n`);
  process.stderr.write(`${tally.line(name)}\n`);
  return [tally, wrong];
}

describe('a generated case', () => {
  it('is the same for the same seed', () => {
    expect(generate(7, 3)).toEqual(generate(7, 3));
    expect(generate(7, 4).rows).not.toEqual(generate(7, 3).rows);
  });

  it('can be written to a file and read again', () => {
    const fuzz = generate(8, 0);
    expect(JSON.parse(JSON.stringify(fuzz))).toEqual(fuzz);
  });
});

describe.skipIf(why !== undefined)('random cases on this kernel', () => {
  it('agree with a fresh seed', { timeout: 10 * MINUTES }, async () => {
    const seed = Date.now() % 1_000_000;
    process.stderr.write(`npm run fuzz:kernel -- --seed ${seed} --trials ${TRIALS}\n`);
    let index = 0;
    let asked = 0;
    const next = (): FuzzCase | undefined => {
      if (asked >= TRIALS) return undefined;
      const fuzz = generate(seed, index++);
      asked += fuzz.probes.length;
      return fuzz;
    };
    const [tally, wrong] = await run(next, `seed ${seed}`);
    expect(wrong).toEqual([]);
    expect(tally.broken).toEqual([]);
    expect(tally.trials).toBeGreaterThanOrEqual(TRIALS);
    expect(tally.undetermined / tally.trials).toBeLessThan(MOST_UNDETERMINED);
  });

  it('agree where they once did not', { timeout: 10 * MINUTES }, async () => {
    const cases = readKept().map((kept) => kept.case);
    const [tally, wrong] = await run(() => cases.shift(), 'kept cases');
    expect(wrong).toEqual([]);
    expect(tally.broken).toEqual([]);
  });
});
