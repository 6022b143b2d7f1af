/** All of one case: what agrees, what does not, what skoop leaves open. */
import type { PacketPath } from '../src/model/index.ts';
import type { AskSkoop } from './ask-skoop.ts';
import { judge } from './judge.ts';
import { judgeTrace } from './judge-trace.ts';
import type { LabProbe } from './probes.ts';
import type { Recording } from './run-case.ts';

export interface CaseResult {
  readonly name: string;
  readonly probes: number;
  readonly agreements: number;
  /** Of the agreements, those whose error was rationed by the kernel. */
  readonly rationed: number;
  readonly disagreements: readonly string[];
  /** Disagreements of a first run that a second one did not show. */
  readonly unsteady: readonly string[];
  readonly undetermined: readonly string[];
  /** Packets whose rules were compared with the kernel's trace. */
  readonly traced: number;
  readonly milliseconds: Readonly<Record<string, number>>;
}

export async function judgeCase(recording: Recording, ask: AskSkoop): Promise<CaseResult> {
  const began = performance.now();
  const disagreements: string[] = [];
  const undetermined: string[] = [];
  const suspects: Suspect[] = [];
  let agreements = 0;
  for (const { probe, results } of recording.observations) {
    const path = await answer(ask, probe);
    if (path instanceof Error) {
      disagreements.push(`${describe(probe)}: skoop failed: ${path.stack ?? path.message}`);
      continue;
    }
    const judgement = judge(probe, results, path, { seesArrivals: true });
    if (judgement.kind === 'disagree') disagreements.push(`${describe(probe)}: ${judgement.why}`);
    else if (judgement.kind === 'undetermined') undetermined.push(`${describe(probe)}: ${judgement.why}`);
    else if (judgement.kind === 'rationed') suspects.push({ probe, path, why: judgement.why });
    else agreements++;
  }
  const guilty = await askAgain(recording, suspects);
  disagreements.push(...guilty.map(({ probe, why }) => `${describe(probe)}: silence, also when asked alone: ${why}`));
  for (const trace of recording.traces) {
    const path = await answer(ask, trace.probe);
    const wrong =
      path instanceof Error
        ? path.message
        : path.verdict === 'undetermined'
          ? undefined
          : judgeTrace(recording.site, trace, path);
    if (wrong !== undefined) disagreements.push(`${describe(trace.probe)}: rules: ${wrong}`);
  }
  return {
    name: recording.site.case.name,
    disagreements,
    unsteady: [],
    undetermined,
    agreements: agreements + suspects.length - guilty.length,
    rationed: suspects.length - guilty.length,
    probes: recording.observations.length,
    traced: recording.traces.length,
    milliseconds: { ...recording.milliseconds, judge: performance.now() - began },
  };
}

interface Suspect {
  readonly probe: LabProbe;
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
async function askAgain(recording: Recording, suspects: readonly Suspect[]): Promise<readonly Suspect[]> {
  let open = new Map(suspects.map((suspect) => [endingKey(suspect), suspect]));
  const guilty = new Map<string, Suspect>();
  for (let round = 0; round < ROUNDS && open.size > 0; round++) {
    await new Promise((resolve) => setTimeout(resolve, SPACING));
    const chosen = [...new Map([...open].map((entry) => [entry[1].probe.probe.from, entry])).values()];
    // where the kernel chooses, one answer may come from a good branch: ask as often as at first, one error clears the suspect
    const results = await recording.again(
      chosen.flatMap(([, { probe }]) => Array.from({ length: probe.times }, () => probe)),
    );
    let next = 0;
    for (const [key, { probe, path, why }] of chosen) {
      const mine = results.slice(next, (next += probe.times));
      const isTold = mine.some(
        (result) => result.result !== 'open' && judge(probe, [result], path, { seesArrivals: true }).kind === 'agree',
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

async function answer(ask: AskSkoop, probe: LabProbe): Promise<PacketPath | Error> {
  try {
    return await ask(probe);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

const endingKey = ({ probe, path }: Suspect): string =>
  [
    probe.probe.from,
    path.question.dst.ip.family === 6 ? path.question.dst.type : '',
    ...path.branches.map(
      (branch) => `${branch.forward.ending.node} ${branch.forward.ending.reason} ${branch.forward.ending.notice}`,
    ),
  ].join('; ');

function describe({ question, kind, probe }: LabProbe): string {
  const port = question.protocol === 'icmp' ? 'icmp' : `${question.protocol} ${question.port}`;
  return `${question.src} -> ${question.dst} ${port}${kind === 'large' ? ` with ${probe.size} bytes` : ''}`;
}
