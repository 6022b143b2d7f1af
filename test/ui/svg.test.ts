import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toSvg } from '../../src/ui/svg/index.ts';
import { expectGolden } from './golden.ts';
import { hostilePath } from './hostile-path.ts';
import { PATHS, intermittentService, manyEndpoints, thirtyEndpoints } from './paths.ts';
import { parseXml, textsOf } from './xml.ts';

describe('svg', () => {
  for (const [name, path] of Object.entries(PATHS)) {
    it(`${name}: is well-formed, carries the diagnosis, and is the same every time`, async () => {
      const svg = await toSvg(path());
      expectGolden(`${name}.svg`, svg);
      expect(await toSvg(path())).toBe(svg);
      const texts = textsOf(parseXml(svg)).join('\n');
      expect(texts).toContain(path().verdict.toUpperCase());
      for (const { id, suspicions } of path().nodes.slice(0, 3)) {
        expect(texts).toContain(id);
        for (const { code } of suspicions) expect(texts).toContain(code);
      }
    });
  }

  it('has no two boxes that overlap, and all inside the picture', async () => {
    for (const path of Object.values(PATHS)) {
      const root = parseXml(await toSvg(path()));
      const boxes = boxesOf(root);
      for (const [index, box] of boxes.entries()) {
        for (const other of boxes.slice(index + 1)) {
          const isApart =
            box.x + box.width <= other.x ||
            other.x + other.width <= box.x ||
            box.y + box.height <= other.y ||
            other.y + other.height <= box.y;
          expect(isApart, JSON.stringify([box, other])).toBe(true);
        }
      }
    }
  });

  it('stays readable at thirty branches: every endpoint in at most a dozen boxes', async () => {
    const svg = await toSvg(thirtyEndpoints());
    expect(boxesOf(parseXml(svg)).length).toBeLessThanOrEqual(12);
    expect(svg).toContain('6 pods');
    expect(svg.length).toBeLessThan(40_000);
  });

  it('stays readable at two hundred endpoints on sixty nodes, and still tells the way that fails', async () => {
    const root = parseXml(await toSvg(manyEndpoints(200, 60)));
    expect(boxesOf(root).length).toBeLessThanOrEqual(12);
    expect(textsOf(root)).toContain('58 nodes');
    expect(textsOf(root)).toContain('nobody has the address');
  });

  it('refers to nothing outside itself', async () => {
    const svg = await toSvg(intermittentService());
    expect(svg.replace('xmlns="http://www.w3.org/2000/svg"', '')).not.toMatch(/https?:|href|<script|<style|url\(/);
  });

  it('is well-formed whatever a capture contains', async () => {
    await fc.assert(
      fc.asyncProperty(hostilePath, async (path) => {
        const root = parseXml(await toSvg(path));
        expect(root.name).toBe('svg');
      }),
      { numRuns: 60 },
    );
  });
});

interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The boxes of places: the last rectangle with round corners of each group (those before it are the sheets behind). */
function boxesOf(root: ReturnType<typeof parseXml>): Rect[] {
  const own = root.children.filter((child) => child.name === 'rect' && child.attributes['rx'] !== undefined).slice(-1);
  const number = (value: string | undefined): number => Number(value ?? 'NaN');
  return [
    ...own.map(({ attributes }) => ({
      x: number(attributes['x']),
      y: number(attributes['y']),
      width: number(attributes['width']),
      height: number(attributes['height']),
    })),
    ...root.children.flatMap(boxesOf),
  ];
}
