/** The one line that says how a matrix went. */
import type { MatrixResult } from './matrix.ts';

/** `1200 probes, 1180 agreements, 0 disagreements, 20 undetermined (outside 20), 0 unsteady, …`. */
export function matrixSummary({ probes, agreements, disagreements, undetermined, ...rest }: MatrixResult): string {
  const counts = new Map<string, number>();
  for (const { reason } of undetermined) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const reasons = [...counts].map(([reason, count]) => `${reason} ${count}`).join(', ');
  return [
    `${probes} probes`,
    `${agreements} agreements`,
    `${disagreements.length} disagreements`,
    `${undetermined.length} undetermined${reasons === '' ? '' : ` (${reasons})`}`,
    `${rest.unsteady.length} unsteady`,
    `${rest.rationed} of the agreements with an error that the kernel rationed`,
  ].join(', ');
}
