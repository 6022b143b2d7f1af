/** The one line at the end. */
import type { CaseResult } from './judge-case.ts';

export function summaryLine(results: readonly CaseResult[]): string {
  const sum = (count: (result: CaseResult) => number): number =>
    results.reduce((total, result) => total + count(result), 0);
  return [
    `${results.length} scenarios`,
    `${sum((result) => result.probes)} probes`,
    `${sum((result) => result.agreements)} agreements`,
    `${sum((result) => result.disagreements.length)} disagreements`,
    `${sum((result) => result.undetermined.length)} undetermined`,
    `${sum((result) => result.unsteady.length)} unsteady`,
    `${sum((result) => result.traced)} traced`,
    `${sum((result) => result.rationed)} of the agreements with an error that the kernel rationed`,
  ].join(', ');
}
