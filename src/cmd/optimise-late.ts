/** V8 optimises only what runs for long: in a run of a second, optimising costs more of a processor than it gives back. */
import { setFlagsFromString } from 'node:v8';

/**
 * In bytes of bytecode that a function runs through before V8 looks whether to optimise it; 66,000 if nobody says. With
 * all of 100 pods on each node a diagnosis takes 0.44 s of a processor so, else 0.69 s.
 */
const BUDGET = 500_000;

/** To be called before anything is compiled: V8 does not take kept code of other flags. */
export function optimiseLate(version: string): void {
  // Later ones count calls, compile in the middle first, and complain of the flag.
  if (version.startsWith('20.')) setFlagsFromString(`--interrupt-budget=${BUDGET}`);
}
