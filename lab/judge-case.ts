/** All of one case: what agrees, what does not, what skoop leaves open. */
import type { PacketPath } from '../src/model/index.ts';
import type { AskSkoop } from './ask-skoop.ts';
import type { ProbeResult } from './engine.ts';
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
  readonly undetermined: readonly string[];
  /** Packets whose rules were compared with the kernel's trace. */
  readonly traced: number;
  readonly milliseconds: Readonly<Record<string, number>>;
}

/** The kernel rations once a second; an answer asked for alone must come after that. */
const SPACING = 1100;

export async function judgeCase(recording: Recording, ask: AskSkoop): Promise<CaseResult> {
  const name = recording.site.case.name;
  const began = performance.now();
  const disagreements: string[] = [];
  const undetermined: string[] = [];
  let agreements = 0;
  let rationed = 0;
  const confirmed = new Set<string>();
  for (const { probe, results } of recording.observations) {
    const path = await answer(ask, probe);
    if (path instanceof Error) {
      disagreements.push(`${describe(probe)}: skoop failed: ${path.stack ?? path.message}`);
      continue;
    }
    const again = async (): Promise<ProbeResult> => {
      // one confirmation for each ending is enough: those are decided by the same line of state
      const key = endingKey(probe, path);
      if (confirmed.has(key)) return { ...results[0]!, result: path.branches[0]!.forward.ending.notice! };
      confirmed.add(key);
      await new Promise((resolve) => setTimeout(resolve, SPACING));
      return recording.again(probe);
    };
    const judgement = await judge(probe, results, path, { again, seesArrivals: true });
    if (judgement.kind === 'disagree') disagreements.push(`${describe(probe)}: ${judgement.why}`);
    else if (judgement.kind === 'undetermined') undetermined.push(`${describe(probe)}: ${judgement.why}`);
    else {
      agreements++;
      if (judgement.kind === 'rationed') rationed++;
    }
  }
  for (const trace of recording.traces) {
    const path = await answer(ask, trace.probe);
    const wrong = path instanceof Error ? path.message : path.verdict === 'undetermined' ? undefined : judgeTrace(recording.site, trace, path);
    if (wrong !== undefined) disagreements.push(`${describe(trace.probe)}: rules: ${wrong}`);
  }
  return {
    name, agreements, rationed, disagreements, undetermined,
    probes: recording.observations.length, traced: recording.traces.length,
    milliseconds: { ...recording.milliseconds, judge: performance.now() - began },
  };
}

async function answer(ask: AskSkoop, probe: LabProbe): Promise<PacketPath | Error> {
  try {
    return await ask(probe);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

const endingKey = (probe: LabProbe, path: PacketPath): string =>
  [probe.probe.from, ...path.branches.map((branch) => `${branch.forward.ending.node} ${branch.forward.ending.reason} ${branch.forward.ending.notice}`)].join('; ');

function describe({ question, kind, probe }: LabProbe): string {
  const port = question.protocol === 'icmp' ? 'icmp' : `${question.protocol} ${question.port}`;
  return `${question.src} -> ${question.dst} ${port}${kind === 'large' ? ` with ${probe.size} bytes` : ''}`;
}
