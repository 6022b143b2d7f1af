/** Runs cases, two at a time, and adds up what came of them. */
import { askSkoop } from './ask-skoop.ts';
import { judgeCase, type CaseResult } from './judge-case.ts';
import type { AskSkoop } from './judge-observations.ts';
import type { LabProbe } from './probes.ts';
import { startDropWatch } from './drops/watch.ts';
import { guestEngine, type Guest } from './guest/index.ts';
import { runCase, type Instruments, type Recording } from './run-case.ts';
import type { Case } from './scenario.ts';

export interface RunOptions {
  /** The collector's command line, as run inside a node. */
  readonly collector: readonly string[];
  /** Told of each case as it is done. */
  readonly onResult: (result: CaseResult) => void;
  /** Given everything that was recorded, before it is judged. */
  readonly onRecording?: (recording: Recording) => Promise<void>;
  /** Given what was recorded when it is judged, and skoop with the answers that it gave. */
  readonly onJudged?: (recording: Recording, ask: AskSkoop) => Promise<void>;
  /** Told why stopping places are not checked, where the kernel cannot be asked for them. */
  readonly onUnwatched?: (why: string) => void;
  /** Where the cases are built, if not on this machine. */
  readonly guest?: Guest;
}

/** More at a time share two cores and make time-outs that are none. */
const AT_A_TIME = 2;
/** A processor in software takes so much longer; a SYN that is sent again meanwhile fares like the first. */
const GUEST_TIMEOUT = 2.5;

export async function runCases(cases: readonly Case[], options: RunOptions): Promise<CaseResult[]> {
  const { guest } = options;
  const watch = guest === undefined ? await startDropWatch() : 'the packets are in a guest';
  if (typeof watch === 'string') options.onUnwatched?.(watch);
  const instruments: Instruments = {
    collector: options.collector,
    watch: typeof watch === 'string' ? undefined : watch,
    ...(guest === undefined ? {} : { start: () => guestEngine(guest), timeout: GUEST_TIMEOUT }),
  };
  const queue = [...cases];
  const results: CaseResult[] = [];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const result = await runOne(next, instruments, options);
      results.push(result);
      options.onResult(result);
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  } finally {
    await instruments.watch?.close();
  }
  return results;
}

/**
 * A disagreement counts when it is there again after the case was taken down and built anew; one that does not come back is
 * the test bed's (a probe that a busy machine answered too late) and is named as unsteady.
 */
async function runOne(labCase: Case, instruments: Instruments, options: RunOptions): Promise<CaseResult> {
  const first = await runOnce(labCase, instruments, options);
  if (first.disagreements.length === 0) return first;
  const second = await runOnce(labCase, instruments, options);
  return second.disagreements.length > 0 ? second : { ...second, unsteady: first.disagreements };
}

function askedOnce(ask: AskSkoop): AskSkoop {
  const answers = new Map<LabProbe, ReturnType<AskSkoop>>();
  return async (probe) => {
    const answer = answers.get(probe) ?? ask(probe);
    answers.set(probe, answer);
    return answer;
  };
}

async function runOnce(labCase: Case, instruments: Instruments, options: RunOptions): Promise<CaseResult> {
  try {
    return await runCase(labCase, instruments, async (recording) => {
      const { onJudged } = options;
      await options.onRecording?.(recording);
      const ask = await askSkoop(recording);
      if (onJudged === undefined) return judgeCase(recording, ask);
      const remembering = askedOnce(ask);
      const result = await judgeCase(recording, remembering);
      await onJudged(recording, remembering);
      return result;
    });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return {
      name: labCase.name,
      probes: 0,
      agreements: 0,
      rationed: 0,
      rationedUnseen: 0,
      failures: 0,
      stopsProven: 0,
      stopsSilent: {},
      openSeen: 0,
      disagreements: [`the case could not be run: ${why}`],
      undetermined: [],
      unsteady: [],
      traced: 0,
      milliseconds: {},
    };
  }
}
