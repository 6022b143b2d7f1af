/** Asks suspects once more, alone: a silence that the kernel owes to rationing does not last. */
import type { PacketPath } from '../src/model/index.ts';
import { judge } from './judge.ts';
import type { Observed } from './judge-observations.ts';
import type { LabProbe } from './probes.ts';

export interface Suspect<P extends LabProbe> {
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
export async function askAgain<P extends LabProbe>(
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

const endingKey = ({ probe, path }: Suspect<LabProbe>): string =>
  [
    probe.probe.from,
    path.question.dst.ip.family === 6 ? path.question.dst.type : '',
    ...path.branches.map(
      (branch) => `${branch.forward.ending.node} ${branch.forward.ending.reason} ${branch.forward.ending.notice}`,
    ),
  ].join('; ');
