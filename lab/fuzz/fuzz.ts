/** Runs random cases, two at a time, until enough questions were asked; what disagrees twice is made small and kept. */
import { startDropWatch } from '../drops/watch.ts';
import type { Instruments, Recording } from '../run-case.ts';
import { labCase, type FuzzCase } from './fuzz-case.ts';
import { runTrials, type Trials } from './run-trials.ts';
import { shrink } from './shrink.ts';
import { Tally } from './tally.ts';

export interface FuzzOptions {
  readonly collector: readonly string[];
  /** The next case; undefined when there are no more. */
  readonly next: (trials: number) => FuzzCase | undefined;
  readonly say: (line: string) => void;
  /** Told of each disagreement when it is as small as it gets. */
  readonly onFound?: (fuzz: FuzzCase, was: readonly string[]) => void;
  readonly onRecording?: (recording: Recording) => Promise<void>;
  readonly onResult?: (fuzz: FuzzCase, trials: Trials) => void;
}

/** More at a time share two cores and make time-outs that are none. */
const AT_A_TIME = 2;

export async function fuzzKernel(options: FuzzOptions): Promise<Tally> {
  const watch = await startDropWatch();
  if (typeof watch === 'string') options.say(`stopping places are not checked: ${watch}`);
  const instruments = { collector: options.collector, watch: typeof watch === 'string' ? undefined : watch };
  const tally = new Tally();
  const worker = async (): Promise<void> => {
    for (let fuzz = options.next(tally.trials); fuzz !== undefined; fuzz = options.next(tally.trials))
      await one(fuzz, { options, instruments, tally });
  };
  try {
    await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  } finally {
    await instruments.watch?.close();
  }
  return tally;
}

interface Run {
  readonly options: FuzzOptions;
  readonly instruments: Instruments;
  readonly tally: Tally;
}

async function one(fuzz: FuzzCase, { options, instruments, tally }: Run): Promise<void> {
  const { say } = options;
  tally.rows += fuzz.rows.length;
  try {
    let trials = await runTrials(fuzz, instruments, options.onRecording);
    if (trials.disagreements.length > 0) {
      const first = trials.disagreements;
      trials = await runTrials(fuzz, instruments);
      const both = trials.disagreements.filter(({ probe }) => first.some((other) => other.probe === probe));
      for (const { line } of first)
        say(`${both.length === 0 ? 'unsteady' : 'DISAGREES'} ${labCase(fuzz).name}: ${line}`);
      // as in the laboratory: what a busy machine answered too late does not come back
      if (both.length === 0) tally.unsteady += first.length;
      trials = {
        ...trials,
        disagreements: both,
        agreements: trials.agreements + trials.disagreements.length - both.length,
      };
    }
    tally.add(trials);
    options.onResult?.(fuzz, trials);
    if (trials.disagreements.length > 0 && options.onFound !== undefined)
      await keep(fuzz, trials, { options, instruments, tally });
  } catch (error) {
    const line = `${labCase(fuzz).name} could not be run: ${error instanceof Error ? error.message : String(error)}`;
    tally.broken.push(line);
    say(line);
  }
}

/** More probes of one cause make a case no smaller. */
const FOLLOWED = 3;

async function keep(fuzz: FuzzCase, { disagreements }: Trials, { options, instruments }: Run): Promise<void> {
  let lines = disagreements.map(({ line }) => line);
  const small = await shrink(
    fuzz,
    disagreements.slice(0, FOLLOWED).map(({ probe }) => probe),
    async (smaller) => {
      try {
        const again = await runTrials(smaller, instruments);
        if (again.disagreements.length > 0) lines = again.disagreements.map(({ line }) => line);
        return again.disagreements.map(({ probe }) => probe);
      } catch {
        return [];
      }
    },
  );
  options.onFound?.(small, lines);
}
