/** Tests that ask the real kernel: where that can't be done, one skipped test says why. */
import { describe, it } from 'vitest';
import { whyNoKernel } from './lab.ts';

export function describeOnKernel(name: string, body: () => void): void {
  const reason = whyNoKernel();
  describe(name, () => {
    if (reason === undefined) body();
    else it('is not asked here', ({ skip }) => skip(reason));
  });
}
