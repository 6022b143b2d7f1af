/** The one line at the end. */
import type { CaseResult } from './judge-case.ts';

export function summaryLine(results: readonly CaseResult[]): string {
  const sum = (count: (result: CaseResult) => number): number =>
    results.reduce((total, result) => total + count(result), 0);
  const silences = silent(results);
  const silentOnes = [...silences.values()].reduce((total, count) => total + count, 0);
  return [
    `${results.length} scenarios`,
    `${sum((result) => result.probes)} probes`,
    `${sum((result) => result.agreements)} agreements`,
    `${sum((result) => result.disagreements.length)} disagreements`,
    `${sum((result) => result.undetermined.length)} undetermined (${sum((result) => result.openSeen)} of their failures seen to stop where skoop's knowledge ends)`,
    `${sum((result) => result.unsteady.length)} unsteady`,
    `${sum((result) => result.traced)} traced`,
    `${sum((result) => result.stopsProven)} of ${sum((result) => result.failures)} stopping places checked${silentOnes === 0 ? '' : ` (${silentOnes} more are silent: ${[...silences].map(([name, count]) => `${count} ${name}`).join(', ')})`}`,
    `${sum((result) => result.rationed)} errors rationed by the kernel, ${sum((result) => result.rationed - result.rationedUnseen)} of them with the drop seen`,
  ].join(', ');
}

function silent(results: readonly CaseResult[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { stopsSilent } of results)
    for (const [name, count] of Object.entries(stopsSilent)) counts.set(name, (counts.get(name) ?? 0) + count);
  return counts;
}
