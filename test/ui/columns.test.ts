import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { columns } from '../../src/ui/text/columns.ts';
import { wrap } from '../../src/ui/text/layout.ts';

describe('columns', () => {
  it.each([
    '',
    'kl-node1',
    '✔ ✘ → ● ↩ ○ ┆ │ ├─ └─',
    'Ünïcödé',
    '網路節點',
    'ノード',
    '노드',
    'e\u0301',
    'ａｂ',
    '🚀',
    'a\u200bb',
  ])('%j as string-width', (text) => {
    expect(columns(text)).toBe(stringWidth(text));
  });

  it('is string-width on every text of letters', () => {
    const letters = fc.string({
      unit: fc.constantFrom(...Array.from('abcXYZ 019-/.:_äßñéЖяΩ中文字カナ한글、。！')),
      maxLength: 60,
    });
    fc.assert(
      fc.property(letters, (text) => {
        expect(columns(text)).toBe(stringWidth(text));
      }),
    );
  });
});

describe('wrap', () => {
  it.each([
    ['short', 20, ['short']],
    ['', 20, ['']],
    ['one two three four', 9, ['one two', 'three', 'four']],
    ['keeps  two spaces inside', 80, ['keeps  two spaces inside']],
    ['abcdefghijklmnop', 5, ['abcde', 'fghij', 'klmno', 'p']],
    ['run `iptables-save -c -t filter` now', 12, ['run', '`iptables-save -c -t filter`', 'now']],
    ['網路節點網路', 5, ['網路', '節點', '網路']],
  ])('%j in %i columns', (text, width, lines) => {
    expect(wrap(text, width)).toEqual(lines);
  });

  it('loses nothing but spaces', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), fc.integer({ min: 3, max: 40 }), (text, width) => {
        expect(wrap(text, width).join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
      }),
    );
  });
});
