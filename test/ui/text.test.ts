import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columns } from '../../src/ui/text/columns.ts';
import { renderText } from '../../src/ui/text/index.ts';
import { expectGolden } from './golden.ts';
import { hostilePath } from './hostile-path.ts';
import { PATHS, droppedByRule, healthyVxlan, thirtyEndpoints } from './paths.ts';

// oxlint-disable-next-line no-control-regex
const COLOUR = /\u001b\[\d+m/g;

const plain = { color: false, width: 80, verbose: false };

describe('golden texts', () => {
  for (const [name, path] of Object.entries(PATHS)) {
    it(name, () => {
      expectGolden(`${name}.txt`, renderText(path(), plain));
      expectGolden(`${name}.verbose.txt`, renderText(path(), { ...plain, verbose: true }));
    });
  }
});

describe('text', () => {
  it('of a healthy path fits a screen of 24 lines', () => {
    expect(renderText(healthyVxlan(), plain).split('\n').length).toBeLessThanOrEqual(24);
  });

  it('draws thirty endpoints in fewer lines than endpoints', () => {
    const text = renderText(thirtyEndpoints(), plain);
    const from = text.indexOf('●');
    expect(text.slice(from, text.indexOf('\nWhy')).split('\n').length).toBeLessThan(30);
    expect(text).toContain('20 %, 6 of 30 ways');
    expect(text).toContain('60 %, 18 of 30 ways');
  });

  it('names every one of thirty endpoints where all is shown', () => {
    const path = thirtyEndpoints();
    const text = renderText(path, { ...plain, verbose: true });
    for (const { forward } of path.branches) expect(text).toContain(forward.hops.at(-1)!.node);
  });

  it('says verdict, place, cause and remedy of a drop, in this order', () => {
    const text = renderText(droppedByRule(), { ...plain, width: 200 });
    const places = [
      '✘ UNREACHABLE',
      '✘ kl-node2',
      '-A FORWARD -s 10.77.0.0/24 -p tcp',
      'fatal     PACKET_DROPPED',
      '            → Allow',
    ].map((part) => text.indexOf(part));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((x, y) => x - y));
  });

  it('colours the very same text', () => {
    for (const path of Object.values(PATHS)) {
      const coloured = renderText(path(), { ...plain, color: true });
      expect(coloured).toContain('\u001b[');
      expect(coloured.replaceAll(COLOUR, '').replaceAll(/ +$/gm, '')).toBe(renderText(path(), plain));
    }
  });

  it.each([56, 80, 132])('keeps to %i columns, but for commands and what cannot be broken', (width) => {
    for (const path of Object.values(PATHS)) {
      for (const verbose of [false, true]) {
        const long = renderText(path(), { color: false, width, verbose })
          .split('\n')
          .filter(
            (line) =>
              columns(line) > width &&
              !line.includes('`') &&
              !/^ {2}(fatal|critical|warning|info)|^✘|^✔|^\?|skoop explain/.test(line),
          );
        expect(long).toEqual([]);
      }
    }
  });

  it('lets nothing from a capture steer the terminal', () => {
    fc.assert(
      fc.property(hostilePath, fc.boolean(), (path, verbose) => {
        const text = renderText(path, { color: false, width: 80, verbose });
        // oxlint-disable-next-line no-control-regex
        expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/);
        expect(text).not.toMatch(/\p{Cs}/u);
      }),
      { numRuns: 300 },
    );
  });
});
