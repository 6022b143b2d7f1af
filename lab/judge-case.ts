/** All of one case: what agrees, what does not, what skoop leaves open. */
import type { PacketPath } from '../src/model/index.ts';
import type { AskSkoop } from './ask-skoop.ts';
import { askAgain, type Suspect } from './ask-again.ts';
import { StopCount } from './drops/stop-count.ts';
import type { Silence } from './drops/silent.ts';
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
  /** Of those, the ones where nothing but another try says so: where the packet was dropped could not be seen. */
  readonly rationedUnseen: number;
  /** Answers that a probe did not get. */
  readonly failures: number;
  /** Of those, the ones where the kernel dropped the packet where and for what skoop says. */
  readonly stopsProven: number;
  /** Of those, the ones that the kernel drops in silence, by cause. */
  readonly stopsSilent: Readonly<Partial<Record<Silence, number>>>;
  readonly disagreements: readonly string[];
  /** Disagreements of a first run that a second one did not show. */
  readonly unsteady: readonly string[];
  readonly undetermined: readonly string[];
  /** Packets whose rules were compared with the kernel's trace. */
  readonly traced: number;
  /** Failures of undetermined answers that the kernel stopped where skoop's knowledge ends. */
  readonly openSeen: number;
  readonly milliseconds: Readonly<Record<string, number>>;
}

export async function judgeCase(recording: Recording, ask: AskSkoop): Promise<CaseResult> {
  const began = performance.now();
  const disagreements: string[] = [];
  const undetermined: string[] = [];
  const suspects: Suspect[] = [];
  const stops = new StopCount(recording);
  let agreements = 0;
  let rationed = 0;
  for (const { probe, results } of recording.observations) {
    const path = await answer(ask, probe);
    if (path instanceof Error) {
      disagreements.push(`${describe(probe)}: skoop failed: ${path.stack ?? path.message}`);
      continue;
    }
    const judgement = judge(probe, results, path, { seesArrivals: true });
    if (judgement.kind === 'disagree') disagreements.push(`${describe(probe)}: ${judgement.why}`);
    else if (judgement.kind === 'undetermined') {
      const wrong = stops.countOpen(probe, results, path);
      if (wrong === undefined) undetermined.push(`${describe(probe)}: ${judgement.why}`);
      else disagreements.push(`${describe(probe)}: stopping place: ${wrong.why}`);
    } else {
      const stop = stops.count(probe, results, path);
      if (stop.kind === 'wrong') disagreements.push(`${describe(probe)}: stopping place: ${stop.why}`);
      else if (judgement.kind === 'agree') agreements++;
      else if (stop.kind === 'proven') rationed++;
      else suspects.push({ probe, path, why: judgement.why });
    }
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
    agreements: agreements + rationed + suspects.length - guilty.length,
    rationed: rationed + suspects.length - guilty.length,
    rationedUnseen: suspects.length - guilty.length,
    failures: stops.failures,
    stopsProven: stops.proven,
    stopsSilent: stops.silent,
    openSeen: stops.openSeen,
    probes: recording.observations.length,
    traced: recording.traces.length,
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

function describe({ question, kind, probe }: LabProbe): string {
  const port = question.protocol === 'icmp' ? 'icmp' : `${question.protocol} ${question.port}`;
  return `${question.src} -> ${question.dst} ${port}${kind === 'large' ? ` with ${probe.size} bytes` : ''}`;
}
