/** Adds up trials over all cases, and says how it went. */
import type { Trials } from './run-trials.ts';

/** The share of undetermined answers up to which a run is good. */
const MOST_UNDETERMINED = 0.02;

const SUMMED = ['trials', 'agreements', 'compared', 'rewritten', 'failures', 'stopsProven', 'stopsSilent'] as const;
type Summed = (typeof SUMMED)[number];

export class Tally {
  cases = 0;
  refused = 0;
  rows = 0;
  unsteady = 0;
  readonly broken: string[] = [];
  readonly #sums: Record<Summed, number> = {
    trials: 0,
    agreements: 0,
    compared: 0,
    rewritten: 0,
    failures: 0,
    stopsProven: 0,
    stopsSilent: 0,
  };
  #disagreements = 0;
  readonly #reasons = new Map<string, number>();

  add(trials: Trials): void {
    this.cases++;
    this.refused += trials.refused.length;
    for (const key of SUMMED) this.#sums[key] += trials[key];
    this.#disagreements += trials.disagreements.length;
    for (const { reason } of trials.undetermined) this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
  }

  get trials(): number {
    return this.#sums.trials;
  }

  get disagreements(): number {
    return this.#disagreements;
  }

  get undetermined(): number {
    return [...this.#reasons.values()].reduce((sum, count) => sum + count, 0);
  }

  get isGood(): boolean {
    return this.disagreements === 0 && this.broken.length === 0 && this.undetermined <= MOST_UNDETERMINED * this.trials;
  }

  /** Undetermined answers by reason, most of them first. */
  reasons(): readonly string[] {
    return [...this.#reasons]
      .toSorted(([, x], [, y]) => y - x)
      .map(([reason, count]) => `${String(count).padStart(6)} ${reason}`);
  }

  line(seeds: string): string {
    const { agreements, compared, rewritten, failures, stopsProven, stopsSilent } = this.#sums;
    const share = this.trials === 0 ? 0 : (100 * this.undetermined) / this.trials;
    return [
      `${seeds}: ${this.cases} cases`,
      `${this.trials} trials`,
      `${agreements} agreements`,
      `${this.disagreements} disagreements`,
      `${this.undetermined} undetermined (${share.toFixed(2)} %)`,
      `${compared} addresses compared, ${rewritten} of them rewritten`,
      `${stopsProven} of ${failures} stopping places proven${stopsSilent === 0 ? '' : ` (${stopsSilent} more are silent)`}`,
      `${this.refused} of ${this.rows} changes refused by the kernel`,
      `${this.unsteady} unsteady`,
      ...(this.broken.length === 0 ? [] : [`${this.broken.length} cases could not be run`]),
    ].join(', ');
  }
}
