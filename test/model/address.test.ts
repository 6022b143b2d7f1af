import fc from 'fast-check';
import { isIP } from 'node:net';
import { describe, expect, it } from 'vitest';
import { addOffset, bitAt, contains, ip, ipv4, ipv6, maskTo, parseIP, parsePrefix } from '../../src/model/address.ts';

const word = fc.integer({ min: 0, max: 0xffffffff });
const address = fc.oneof(
  word.map((a) => ipv4(a)),
  fc.tuple(word, word, word, word).map((w) => ipv6(...w)),
);

describe('addresses', () => {
  it('parse what they print', () => {
    fc.assert(
      fc.property(address, (x) => {
        expect(parseIP(x.text)).toEqual(x);
      }),
    );
  });

  it('are exactly what the platform takes for one, without zones', () => {
    const texts = fc.oneof(
      fc.string(),
      fc.stringMatching(/^[0-9a-f:.]{1,24}$/),
      address.map((x) => x.text.replace(':', '::')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        expect(parseIP(text) !== undefined).toBe(isIP(text) !== 0 && !text.includes('%'));
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['010.1.1.1', undefined],
    ['1.2.3', undefined],
    ['1.2.3.4.5', undefined],
    ['256.1.1.1', undefined],
    ['', undefined],
    [':', undefined],
    ['1:2:3:4:5:6:7:8:9', undefined],
    ['fe80::1%eth0', undefined],
    ['::ffff:10.0.0.1', '::ffff:10.0.0.1'],
    ['2001:DB8::1', '2001:db8::1'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['::', '::'],
    ['0.0.0.0', '0.0.0.0'],
  ])('%s is %s', (text, canonical) => {
    expect(parseIP(text)?.text).toBe(canonical);
  });

  it('lie in the prefix that is cut from them, and in no other of its length', () => {
    fc.assert(
      fc.property(address, fc.nat({ max: 128 }), (x, length) => {
        const bits = Math.min(length, x.family === 4 ? 32 : 128);
        const block = parsePrefix(`${x.text}/${bits}`)!;
        expect(contains(block, x)).toBe(true);
        expect(block.ip).toEqual(maskTo(x, bits));
        for (const y of [addOffset(x, 1), addOffset(x, 2 ** 20)]) {
          const same = Array.from({ length: bits }, (_, i) => bitAt(x, i) === bitAt(y, i)).every(Boolean);
          expect(contains(block, y)).toBe(same);
        }
      }),
    );
  });

  it.each([
    ['10.0.0.255', 1, '10.0.1.0'],
    ['fd00::ffff:ffff', 1, 'fd00::1:0:0'],
    ['10.0.0.1', -1, '10.0.0.0'],
  ])('%s + %i is %s', (from, offset, to) => {
    expect(addOffset(ip(from), offset).text).toBe(to);
  });

  it.each(['10.0.0.0/33', '10.0.0.0/', '10.0.0.0/-1', 'fd00::/129', 'fd00::/1x'])('%s is no prefix', (text) => {
    expect(parsePrefix(text)).toBeUndefined();
  });
});
