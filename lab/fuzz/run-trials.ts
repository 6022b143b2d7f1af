/** One random case on the kernel: every question is a trial, held against skoop by the laboratory's judge. */
import type { PacketPath, Reason } from '../../src/model/index.ts';
import { askSkoop } from '../ask-skoop.ts';
import { StopCount } from '../drops/stop-count.ts';
import type { ProbeResult } from '../engine.ts';
import { judgeObservations, type AskSkoop } from '../judge-observations.ts';
import type { LabProbe } from '../probes.ts';
import { runCase, type Instruments, type Recording } from '../run-case.ts';
import { labCase, probeKey, type FuzzCase } from './fuzz-case.ts';

export interface Trials {
  readonly trials: number;
  readonly agreements: number;
  readonly disagreements: readonly { readonly probe: string; readonly line: string }[];
  readonly undetermined: readonly { readonly reason: Reason; readonly line: string }[];
  /** Answers whose addresses, as the server saw them, were compared. */
  readonly compared: number;
  /** Of those, the ones where they are not what was asked with. */
  readonly rewritten: number;
  readonly failures: number;
  readonly stopsProven: number;
  readonly stopsSilent: number;
  readonly refused: readonly string[];
}

export async function runTrials(
  fuzz: FuzzCase,
  instruments: Instruments,
  onRecording?: (recording: Recording) => Promise<void>,
): Promise<Trials> {
  return runCase(labCase(fuzz), instruments, async (recording) => {
    await onRecording?.(recording);
    return judgeTrials(recording);
  });
}

async function judgeTrials(recording: Recording): Promise<Trials> {
  const stops = new StopCount(recording);
  const ask = await askSkoop(recording);
  const paths = new Map<LabProbe, PacketPath>();
  const remember: AskSkoop = async (probe) => {
    const path = await ask(probe);
    paths.set(probe, path);
    return path;
  };
  const again = async (probes: readonly LabProbe[]): Promise<readonly ProbeResult[]> =>
    (await recording.again(probes)).results;
  const judged = await judgeObservations({ ...recording, again, stops, seesArrivals: () => true }, remember);
  const seen = recording.observations.flatMap(({ probe, results }) =>
    paths.get(probe)?.branches.some((branch) => branch.seenByServer !== undefined) === true &&
    paths.get(probe)?.verdict !== 'undetermined'
      ? results.filter((result) => result.saw !== undefined).map((result) => ({ probe, result }))
      : [],
  );
  return {
    trials: recording.observations.length,
    agreements: judged.agreements,
    disagreements: judged.disagreements.map(({ probe, line }) => ({ probe: probeKey(probe), line })),
    undetermined: judged.undetermined.map(({ reason, line }) => ({ reason, line })),
    compared: seen.length,
    rewritten: seen.filter(({ probe, result }) => isRewritten(probe, result)).length,
    failures: stops.failures,
    stopsProven: stops.proven,
    stopsSilent: Object.values(stops.silent).reduce((sum, count) => sum + count, 0),
    refused: recording.refused.map((failure) => `${failure.ns}: ${failure.command}: ${failure.stderr.trim()}`),
  };
}

function isRewritten({ probe }: LabProbe, { saw, at, from }: ProbeResult): boolean {
  const source = saw!.slice(0, saw!.lastIndexOf(':')).replaceAll(/[[\]]/g, '');
  return source !== from || (at !== undefined && at !== probe.to);
}
