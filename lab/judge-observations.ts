/** Every probe of a place held against skoop, and what it leaves open by its reason. */
import type { PacketPath, Reason } from '../src/model/index.ts';
import { judge } from './judge.ts';
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
}

/** The same question to skoop. */
export type AskSkoop<P extends LabProbe = LabProbe> = (probe: P) => Promise<PacketPath>;

export interface Judged<P extends LabProbe = LabProbe> {
  readonly agreements: number;
  /** Of the agreements, those whose error was rationed by the kernel. */
  readonly rationed: number;
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
  let agreements = 0;
  for (const { probe, results } of observed.observations) {
    const remark = (why: string): Remark<P> => ({ probe, line: `${describe(probe)}: ${why}` });
    const path = await answer(ask, probe);
    if (path instanceof Error) {
      disagreements.push(remark(`skoop failed: ${path.stack ?? path.message}`));
      continue;
    }
    const judgement = judge(probe, results, path, { seesArrivals: observed.seesArrivals(probe) });
    if (judgement.kind === 'disagree') disagreements.push(remark(judgement.why));
    else if (judgement.kind === 'undetermined') undetermined.push({ ...remark(judgement.why), reason: path.reason });
    else if (judgement.kind === 'rationed') suspects.push({ probe, path, why: judgement.why });
    else agreements++;
  }
  const guilty = await askAgain(observed, suspects);
  return {
    agreements: agreements + suspects.length - guilty.length,
    rationed: suspects.length - guilty.length,
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

interface Suspect<P extends LabProbe> {
  readonly probe: P;
  readonly path: PacketPath;
  readonly why: string;
}

/** The kernel rations once a second and per source address, so that each round may have one probe of each source. */
const SPACING = 1100;
const ROUNDS = 3;

/**
 * Those whose silence was no rationing. One confirmation for each source and ending is enough: the same line of state decides
 * them. IPv6 rations no route errors, so that there an address that is translated first is confirmed by itself.
 */
async function askAgain<P extends LabProbe>(
  observed: Observed<P>,
  suspects: readonly Suspect<P>[],
): Promise<readonly Suspect<P>[]> {
  let open = new Map(suspects.map((suspect) => [endingKey(suspect), suspect]));
  const guilty = new Map<string, Suspect<P>>();
  for (let round = 0; round < ROUNDS && open.size > 0; round++) {
    await new Promise((resolve) => setTimeout(resolve, SPACING));
    const chosen = [...new Map([...open].map((entry) => [entry[1].probe.probe.from, entry])).values()];
    // where the kernel chooses, one answer may come from a good branch: ask as often as at first, one error clears the suspect
    const results = await observed.again(
      chosen.flatMap(([, { probe }]) => Array.from({ length: probe.times }, () => probe)),
    );
    let next = 0;
    for (const [key, { probe, path, why }] of chosen) {
      const mine = results.slice(next, (next += probe.times));
      const isTold = mine.some(
        (result) =>
          result.result !== 'open' &&
          judge(probe, [result], path, { seesArrivals: observed.seesArrivals(probe) }).kind === 'agree',
      );
      if (!isTold && mine.some((result) => result.result !== 'open') && !isStarved(path))
        guilty.set(key, { probe, path, why });
    }
    open = new Map([...open].filter(([key]) => !chosen.some(([done]) => done === key)));
  }
  return suspects.filter((suspect) => guilty.has(endingKey(suspect)));
}

/**
 * Redirects and route errors share one bucket per source (ip_rt_send_redirect, ip_error): a pod that reaches itself
 * through its node keeps resetting the bucket's clock, so that errors may never be sent to it while it goes on.
 */
function isStarved({ question, branches }: PacketPath): boolean {
  return (
    question.src.ip.family === 4 && branches.some((branch) => branch.forward.hops.at(-1)?.node === question.src.id)
  );
}

export async function answer<P extends LabProbe>(ask: AskSkoop<P>, probe: P): Promise<PacketPath | Error> {
  try {
    return await ask(probe);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

const endingKey = ({ probe, path }: Suspect<LabProbe>): string =>
  [
    probe.probe.from,
    path.question.dst.ip.family === 6 ? path.question.dst.type : '',
    ...path.branches.map(
      (branch) => `${branch.forward.ending.node} ${branch.forward.ending.reason} ${branch.forward.ending.notice}`,
    ),
  ].join('; ');

export function describe({ question, kind, probe }: LabProbe): string {
  const port = question.protocol === 'icmp' ? 'icmp' : `${question.protocol} ${question.port}`;
  return `${question.src} -> ${question.dst} ${port}${kind === 'large' ? ` with ${probe.size} bytes` : ''}`;
}
