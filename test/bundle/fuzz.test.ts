/** A short time of fuzzing for each target with a fixed seed; `npm run fuzz` runs it for as long as one likes. */
import { expect, it } from 'vitest';
import { fuzz } from '../../scripts/fuzz-engine.ts';
import { SECTION_TARGETS } from '../../scripts/fuzz-sections.ts';
import { TARGETS } from '../../scripts/fuzz-targets.ts';

it.each([...TARGETS, ...SECTION_TARGETS].map((target) => [target.name, target] as const))(
  '%s: no input crashes, hangs or fills the memory',
  async (_, target) => {
    const report = await fuzz(target, {
      seed: 7,
      milliseconds: 500,
      slowestMilliseconds: 5000,
      maxRssBytes: 4 * 1024 ** 3,
    });
    expect(report.finding).toBeUndefined();
    expect(report.runs).toBeGreaterThan(20);
  },
);
