import { D2 } from '@terrastruct/d2';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { toD2 } from '../../src/ui/d2/index.ts';
import { expectGolden } from './golden.ts';
import { hostilePath } from './hostile-path.ts';
import { PATHS, droppedByRule } from './paths.ts';

const d2 = new D2();
afterAll(() => {
  // Its worker would keep the process alive, and there is no call to end it.
  (d2 as unknown as { worker?: { terminate(): void } }).worker?.terminate();
});

/** Its type declarations leave out what a shape says. */
const shapesOf = ({ shapes }: { readonly shapes: readonly unknown[] }) =>
  shapes as readonly { readonly label: string; readonly stroke: string }[];

describe('d2', () => {
  for (const [name, path] of Object.entries(PATHS)) {
    it(`compiles: ${name}`, async () => {
      const source = toD2(path());
      expectGolden(`${name}.d2`, source);
      const { diagram } = await d2.compile(source);
      const labels = shapesOf(diagram)
        .map(({ label }) => label)
        .join('\n');
      expect(labels).toContain(path().summary);
      for (const { suspicions } of path().nodes) for (const { code } of suspicions) expect(labels).toContain(code);
    });
  }

  it('marks where the packet stops', async () => {
    const { diagram } = await d2.compile(toD2(droppedByRule()));
    const stop = shapesOf(diagram).filter(({ stroke }) => stroke === '#cf222e');
    expect(stop.map(({ label }) => label.split('\n')[0])).toEqual(['kl-node2']);
  });

  it('compiles whatever a capture contains', async () => {
    for (const path of fc.sample(hostilePath, { numRuns: 12, seed: 4711 })) {
      await expect(d2.compile(toD2(path))).resolves.toBeDefined();
    }
  });
});
