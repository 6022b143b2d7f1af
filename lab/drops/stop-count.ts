/** Counts, over a case, how many failures were seen to stop where skoop says. */
import type { Branch, PacketPath } from '../../src/model/index.ts';
import type { ProbeResult } from '../engine.ts';
import { fits } from '../judge.ts';
import type { LabProbe } from '../probes.ts';
import type { Recording } from '../run-case.ts';
import { judgeOpen, judgeStop, type StopJudgement } from './judge-stop.ts';
import type { Silence } from './silent.ts';

/** `unseen`: nothing to check, or no way to. */
export type ProbeStops = { readonly kind: 'unseen' } | StopJudgement;

export class StopCount {
  failures = 0;
  proven = 0;
  openSeen = 0;
  readonly silent: Partial<Record<Silence, number>> = {};
  readonly #recording: Recording;

  constructor(recording: Recording) {
    this.#recording = recording;
  }

  /** All failures of a probe: one that is wrong makes the probe wrong, one that is not proven makes it less than proven. */
  count(probe: LabProbe, results: readonly ProbeResult[], path: PacketPath): ProbeStops {
    const stops = results.filter((result) => result.result !== 'open').map((result) => this.#one(probe, result, path));
    return (
      stops.find((stop) => stop.kind === 'wrong') ??
      stops.find((stop) => stop.kind !== 'proven') ??
      stops[0] ?? { kind: 'unseen' }
    );
  }

  /** Failures of a probe that skoop leaves open. */
  countOpen(probe: LabProbe, results: readonly ProbeResult[], path: PacketPath): { readonly why: string } | undefined {
    const { site, drops } = this.#recording;
    if (drops === undefined) return undefined;
    let wrong: { readonly why: string } | undefined;
    for (const result of results.filter((one) => one.result !== 'open')) {
      const open = judgeOpen(
        site,
        { probe, result, branches: fittingBranches(probe, result, path), others: [] },
        drops,
      );
      if (open === 'seen') this.openSeen++;
      else if (open !== 'unseen') wrong ??= open;
    }
    return wrong;
  }

  #one(probe: LabProbe, result: ProbeResult, path: PacketPath): ProbeStops {
    const { site, drops } = this.#recording;
    this.failures++;
    if (drops === undefined) return { kind: 'unseen' };
    const fitting = fittingBranches(probe, result, path);
    const branches = fitting.filter((branch) => branch.verdict === 'unreachable');
    // what skoop leaves open says of no place that it is the one
    if (branches.length < fitting.length) return { kind: 'unseen' };
    const others = path.branches.filter((branch) => branch.verdict === 'unreachable' && !branches.includes(branch));
    const stop = judgeStop(site, { probe, result, branches, others }, drops);
    if (stop.kind === 'proven') this.proven++;
    if (stop.kind === 'silent') this.silent[stop.name] = (this.silent[stop.name] ?? 0) + 1;
    return stop;
  }
}

function fittingBranches(probe: LabProbe, result: ProbeResult, path: PacketPath): readonly Branch[] {
  return path.branches.filter(
    (branch) =>
      branch.verdict !== 'reachable' &&
      (probe.kind === 'large' || fits(result, probe, branch, { seesArrivals: true, allowsSilence: true })),
  );
}
