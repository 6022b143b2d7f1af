/** All of one case: what agrees, what does not, what skoop leaves open. */
import { StopCount } from './drops/stop-count.ts';
import type { Silence } from './drops/silent.ts';
import { answer, describe, judgeObservations, type AskSkoop } from './judge-observations.ts';
import type { ProbeResult } from './engine.ts';
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
  const stops = new StopCount(recording);
  const again = async (probes: readonly LabProbe[]): Promise<readonly ProbeResult[]> =>
    (await recording.again(probes)).results;
  const judged = await judgeObservations({ ...recording, again, stops, seesArrivals: () => true }, ask);
  const rules: string[] = [];
  for (const trace of recording.traces) {
    const path = await answer(ask, trace.probe);
    const wrong =
      path instanceof Error
        ? path.message
        : path.verdict === 'undetermined'
          ? undefined
          : judgeTrace(recording.site, trace, path);
    if (wrong !== undefined) rules.push(`${describe(trace.probe)}: rules: ${wrong}`);
  }
  return {
    name: recording.site.case.name,
    disagreements: [...judged.disagreements.map(({ line }) => line), ...rules],
    unsteady: [],
    undetermined: judged.undetermined.map(({ line }) => line),
    agreements: judged.agreements,
    rationed: judged.rationed,
    rationedUnseen: judged.rationedUnseen,
    failures: stops.failures,
    stopsProven: stops.proven,
    stopsSilent: stops.silent,
    openSeen: stops.openSeen,
    probes: recording.observations.length,
    traced: recording.traces.length,
    milliseconds: { ...recording.milliseconds, judge: performance.now() - began },
  };
}
