import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NumberTable } from '../../../src/netstack/nftables/number-table.ts';

/** Small numbers, so that keys and their hashes meet; ports, addresses and MACs as large as they get. */
const number = fc.oneof(
  fc.nat(8),
  fc.constantFrom(65_535, 0xffff_ffff, 0x8000_0000, 0xffff_ffff_ffff, 2 ** 32, 2 ** 33),
);

describe('a table of numbers', () => {
  it.each([1, 2, 3, 4])('finds what a map finds, of two with one key the first (%i fields)', (width) => {
    const key = fc.array(number, { minLength: width, maxLength: width });
    fc.assert(
      fc.property(fc.array(key, { maxLength: 200 }), fc.array(key), (keys, others) => {
        const table = new NumberTable(
          width,
          keys.map((one, data) => ({ key: one, data })),
        );
        const expected = new Map(keys.map((one, data) => [one.join(' '), data] as const).toReversed());
        for (const one of [...keys, ...others]) expect(table.get(one)).toBe(expected.get(one.join(' ')));
      }),
    );
  });
});
