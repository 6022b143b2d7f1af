/** All of one case: what agrees, what does not, what skoop leaves open. */
import { answer, describe, judgeObservations, type AskSkoop } from './judge-observations.ts';
import { judgeTrace } from './judge-trace.ts';
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
  const judged = await judgeObservations({ ...recording, seesArrivals: () => true }, ask);
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
    probes: recording.observations.length,
    traced: recording.traces.length,
    milliseconds: { ...recording.milliseconds, judge: performance.now() - began },
  };
}
