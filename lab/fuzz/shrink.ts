/** Makes a case that disagrees as small as it can be: rows go, then questions, then what stands around them. */
import type { FuzzCase } from './fuzz-case.ts';

/** Those of the case's probes that disagree still; none where it can't be run. */
export type Retry = (fuzz: FuzzCase) => Promise<readonly string[]>;

export async function shrink(fuzz: FuzzCase, guilty: readonly string[], retry: Retry): Promise<FuzzCase> {
  let best: FuzzCase = { ...fuzz, probes: guilty };
  const tries = async (smaller: FuzzCase): Promise<boolean> => {
    const left = await retry(smaller);
    if (left.length === 0) return false;
    best = { ...smaller, probes: left };
    return true;
  };
  // alone first; some need what the others leave behind, then all stay
  if (!(await tries(best))) best = fuzz;
  for (let size = Math.ceil(best.rows.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < best.rows.length;) {
      const rows = [...best.rows.slice(0, at), ...best.rows.slice(at + size)];
      if (!(await tries({ ...best, rows }))) at += size;
    }
  }
  if (best.probes.length > 1) for (const probe of best.probes) if (await tries({ ...best, probes: [probe] })) break;
  if (best.hasRules) await tries({ ...best, hasRules: false });
  if (best.wiring !== 'bridge' && best.wiring !== 'host-gw') await tries({ ...best, wiring: 'host-gw' });
  for (const service of best.services)
    await tries({ ...best, services: best.services.filter((one) => one !== service) });
  return best;
}
