/** Every random case that disagreed once, and some that were never seen before, on this machine's kernel. */
import { describe, expect, it } from 'vitest';
import { unavailable } from '../../lab/available.ts';
import { collectorCommand } from '../../lab/collector-command.ts';
import type { FuzzCase } from '../../lab/fuzz/fuzz-case.ts';
import { fuzzKernel } from '../../lab/fuzz/fuzz.ts';
import { generate } from '../../lab/fuzz/generate.ts';
import { readKept } from '../../lab/fuzz/kept.ts';
import { casesOf, freshSeed } from '../../lab/fuzz/portion.ts';
import type { Tally } from '../../lab/fuzz/tally.ts';

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

describe.skipIf(why !== undefined)('kept cases on this kernel', () => {
  it('agree where they once did not', { timeout: 10 * MINUTES }, async () => {
    const cases = readKept().map((kept) => kept.case);
    const [tally, wrong] = await run(() => cases.shift(), 'kept cases');
    expect(wrong).toEqual([]);
    expect(tally.broken).toEqual([]);
  });
});

function seedOf(given: string | undefined): number {
  if (given === undefined) return freshSeed();
  const seed = Number(given);
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new RangeError(`SKOOP_FUZZ_SEED=${given}: a whole number is wanted`);
  return seed;
}

/** Some minutes find more: `npm run fuzz:kernel`. */
const FRESH_TRIALS = 500;

describe.skipIf(why !== undefined)('fresh random cases on this kernel', () => {
  const seed = seedOf(process.env['SKOOP_FUZZ_SEED']);
  const again = `again: npm run fuzz:kernel -- --seed ${seed} --trials ${FRESH_TRIALS}, or SKOOP_FUZZ_SEED=${seed} with this test`;

  // what disagrees only once was the kernel's own change of mind, and is counted as unsteady
  it('agree', { timeout: 10 * MINUTES }, async () => {
    process.stderr.write(`fresh random cases of the seed ${seed}; ${again}\n`);
    const [tally, wrong] = await run(casesOf({ seed, seeds: 1, trials: FRESH_TRIALS }), `seed ${seed}`);
    expect(wrong, again).toEqual([]);
    expect(tally.broken, again).toEqual([]);
    expect(tally.trials).toBeGreaterThanOrEqual(FRESH_TRIALS);
  });
});
