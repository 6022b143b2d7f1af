/** What to do about a suspicion: its own advice with real names, else the general one of its code. */
import type { Suspicion } from '../../model/suspicion.ts';
import { SUSPICIONS } from './index.ts';

export function remedyOf(suspicion: Suspicion): string {
  return suspicion.remedy ?? SUSPICIONS[suspicion.code].fix;
}
