/** What the process's exit status says. */
import { assertNever } from '../model/assert-never.ts';
import type { Verdict } from '../model/path.ts';

/** The work was done, whatever it found. */
export const DONE = 0;

/** The work could not be carried out: unknown flag, unreadable bundle, unknown name. Never one of a verdict's codes. */
export const FAILED = 3;

/** As a shell reports a process ended by the signal: 128 and its number. */
export const INTERRUPTED = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** With `--exit-code`, for CI. Several verdicts give the worst one's: unreachable before undetermined before reachable. */
export function exitCodeOf(verdict: Verdict): number {
  switch (verdict) {
    case 'reachable':
      return DONE;
    case 'unreachable':
      return 1;
    case 'undetermined':
      return 2;
    default:
      return assertNever(verdict);
  }
}

/** The exit code of a batch: that of its worst verdict. */
export function worstOf(verdicts: ReadonlySet<Verdict>): number {
  if (verdicts.has('unreachable')) return exitCodeOf('unreachable');
  return exitCodeOf(verdicts.has('undetermined') ? 'undetermined' : 'reachable');
}
