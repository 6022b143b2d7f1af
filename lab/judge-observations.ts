/** Every probe of a place held against skoop, and what it leaves open by its reason. */
import type { PacketPath, Reason } from '../src/model/index.ts';
import { askAgain, type Suspect } from './ask-again.ts';
import type { StopCount } from './drops/stop-count.ts';
import { judge } from './judge.ts';
import { missedHole } from './judge-hole.ts';
import type { ProbeResult } from './engine.ts';
import type { LabProbe } from './probes.ts';

/** A probe with every answer that it got. */
export interface Observation<P extends LabProbe = LabProbe> {
  readonly probe: P;
  readonly results: readonly ProbeResult[];
}

export interface Observed<P extends LabProbe = LabProbe> {
  readonly observations: readonly Observation<P>[];
  /** Whether a packet that arrived would have been seen even though its answer was lost. */
  readonly seesArrivals: (probe: P) => boolean;
  /** Asks some probes once more; only while the place stands. */
  readonly again: (probes: readonly P[]) => Promise<readonly ProbeResult[]>;
  /** Where the kernel's drops were watched: counts the failures that stop where skoop says. */
  readonly stops?: StopCount;
}

/** The same question to skoop. */
export type AskSkoop<P extends LabProbe = LabProbe> = (probe: P) => Promise<PacketPath>;

export interface Judged<P extends LabProbe = LabProbe> {
  readonly agreements: number;
  /** Of the agreements, those whose error was rationed by the kernel. */
  readonly rationed: number;
  /** Of those, the ones whose stopping place was not seen. */
  readonly rationedUnseen: number;
  readonly disagreements: readonly Remark<P>[];
  readonly undetermined: readonly (Remark<P> & { readonly reason: Reason })[];
}

/** One probe, and what is to be said of it. */
export interface Remark<P extends LabProbe = LabProbe> {
  readonly probe: P;
  readonly line: string;
}

export async function judgeObservations<P extends LabProbe>(
  observed: Observed<P>,
  ask: AskSkoop<P>,
): Promise<Judged<P>> {
  const disagreements: Remark<P>[] = [];
  const undetermined: Judged<P>['undetermined'][number][] = [];
  const suspects: Suspect<P>[] = [];
  const { stops } = observed;
  let agreements = 0;
  let rationed = 0;
  for (const { probe, results } of observed.observations) {
    const remark = (why: string): Remark<P> => ({ probe, line: `${describe(probe)}: ${why}` });
    const path = await answer(ask, probe);
    if (path instanceof Error) {
      disagreements.push(remark(`skoop failed: ${path.stack ?? path.message}`));
      continue;
    }
    const judgement = judge(probe, results, path, { seesArrivals: observed.seesArrivals(probe) });
    const missed = judgement.kind === 'agree' && isStream(probe) ? await missedBy(ask, { probe, results }) : undefined;
    if (missed !== undefined) {
      disagreements.push(remark(missed));
      continue;
    }
    if (judgement.kind === 'disagree') disagreements.push(remark(judgement.why));
    else if (judgement.kind === 'undetermined') {
      const wrong = stops?.countOpen(probe, results, path);
      if (wrong === undefined) undetermined.push({ ...remark(judgement.why), reason: path.reason });
      else disagreements.push(remark(`stopping place: ${wrong.why}`));
    } else {
      const stop = stops?.count(probe, results, path);
      if (stop?.kind === 'wrong') disagreements.push(remark(`stopping place: ${stop.why}`));
      else if (judgement.kind === 'agree') agreements++;
      else if (stop?.kind === 'proven') rationed++;
      else suspects.push({ probe, path, why: judgement.why });
    }
  }
  const guilty = await askAgain(observed, suspects);
  return {
    agreements: agreements + rationed + suspects.length - guilty.length,
    rationed: rationed + suspects.length - guilty.length,
    rationedUnseen: suspects.length - guilty.length,
    undetermined,
    disagreements: [
      ...disagreements,
      ...guilty.map(({ probe, why }) => ({
        probe,
        line: `${describe(probe)}: silence, also when asked alone: ${why}`,
      })),
    ],
  };
}

const isStream = ({ kind, probe }: LabProbe): boolean => kind === 'large' && probe.protocol === 'tcp';

async function missedBy<P extends LabProbe>(
  ask: AskSkoop<P>,
  { probe, results }: Observation<P>,
): Promise<string | undefined> {
  const small = await answer(ask, { ...probe, kind: 'verdict' });
  return small instanceof Error ? small.message : missedHole(results, small);
}

export async function answer<P extends LabProbe>(ask: AskSkoop<P>, probe: P): Promise<PacketPath | Error> {
  try {
    return await ask(probe);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

export function describe({ question, kind, probe }: LabProbe): string {
  const port = question.protocol === 'icmp' ? 'icmp' : `${question.protocol} ${question.port}`;
  return `${question.src} -> ${question.dst} ${port}${kind === 'large' ? ` with ${probe.size} bytes` : ''}`;
}
