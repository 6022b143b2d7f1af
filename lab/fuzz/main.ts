/** `npm run fuzz:kernel`: random cases on this kernel, held against skoop. One line at the end says how it went. */
import { mkdir } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { unavailable } from '../available.ts';
import { collectorCommand } from '../collector-command.ts';
import { keepRecording } from '../keep.ts';
import { fuzzKernel } from './fuzz.ts';
import { nameOf, generate } from './generate.ts';
import type { FuzzCase } from './fuzz-case.ts';
import { readKept, writeKept } from './kept.ts';
import { casesOf, freshSeed } from './portion.ts';

const HELP = `npm run fuzz:kernel -- [--seed S] [--trials N] [--seeds K] [--only INDEX] [--kept [TEXT]]
  --seed S      the first seed; a new one each time unless said
  --trials N    questions to ask (500)
  --seeds K     spread over K seeds, S and those that follow (1)
  --only INDEX  one case of the seed
  --kept TEXT   the kept cases whose name contains TEXT, instead of random ones
  --keep DIR    writes each case's bundle and probes there
  --no-shrink   finds, but makes nothing small
`;

function wholeNumber(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`--${name} ${text}: a whole number is wanted`);
  return value;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string' },
      trials: { type: 'string' },
      seeds: { type: 'string' },
      only: { type: 'string' },
      kept: { type: 'string' },
      keep: { type: 'string' },
      'no-shrink': { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) {
    process.stdout.write(HELP);
    return 0;
  }
  const seed = wholeNumber('seed', values.seed, freshSeed());
  const wanted = wholeNumber('trials', values.trials, 500);
  const seeds = Math.max(1, wholeNumber('seeds', values.seeds, 1));
  const why = await unavailable();
  if (why !== undefined) {
    process.stderr.write(`the laboratory does not run here: ${why}\n`);
    return 2;
  }
  const { keep } = values;
  if (keep !== undefined) await mkdir(keep, { recursive: true });
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const chosen: FuzzCase[] | undefined =
    values.kept !== undefined
      ? readKept()
          .map((kept) => kept.case)
          .filter((one) => one.name.includes(values.kept!))
      : values.only !== undefined
        ? [generate(seed, wholeNumber('only', values.only, 0))]
        : undefined;
  if (values.only !== undefined && chosen !== undefined) say(JSON.stringify(chosen[0], undefined, 1));
  const began = Date.now();
  const tally = await fuzzKernel({
    collector: collectorCommand(),
    say,
    next: chosen === undefined ? casesOf({ seed, seeds, trials: wanted }) : () => chosen.shift(),
    onResult: (fuzz, trials) => {
      const flags = [
        `${trials.agreements}/${trials.trials}`,
        ...(trials.disagreements.length === 0 ? [] : [`${trials.disagreements.length} DISAGREE`]),
        ...(trials.undetermined.length === 0 ? [] : [`${trials.undetermined.length} undetermined`]),
        ...(trials.refused.length === 0 ? [] : [`${trials.refused.length} refused`]),
      ];
      say(`${nameOf(fuzz)}: ${flags.join(', ')}`);
      for (const { reason, line } of trials.undetermined) say(`  undetermined ${reason}: ${line}`);
      for (const line of trials.refused) say(`  refused ${line}`);
    },
    ...(keep === undefined ? {} : { onRecording: async (recording) => keepRecording(keep, recording) }),
    ...(values['no-shrink'] === true || values.kept !== undefined
      ? {}
      : {
          onFound: (fuzz, was) =>
            say(
              `kept ${writeKept(fuzz, was)}\n${fuzz.rows.map((row) => `  ${row.in}: ${row.sh}`).join('\n')}\n  ${was.join('\n  ')}`,
            ),
        }),
  });
  for (const line of tally.reasons()) process.stdout.write(`${line}\n`);
  const names = seeds === 1 ? `seed ${seed}` : `seeds ${seed} to ${seed + seeds - 1}`;
  process.stdout.write(`${tally.line(names)}, ${Math.round((Date.now() - began) / 1000)} s\n`);
  return tally.isGood ? 0 : 1;
}

process.exitCode = await main();
