/** The trie against the definition: a scan over all blocks. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contains, fromWords, makePrefix } from '../../../src/model/address.ts';
import type { Prefix } from '../../../src/model/address.ts';
import { createTrie, entryOf, longest, shorter } from '../../../src/netstack/router/trie.ts';

/** Few distinct bits, so that blocks nest and part everywhere. */
const word = fc
  .integer({ min: 0, max: 15 })
  .map((x) => ((x & 1) | ((x & 2) << 14) | ((x & 4) << 20) | ((x & 8) << 28)) >>> 0);
const words = fc.tuple(word, word, word, word);

describe.each([4, 6] as const)('IPv%i', (family) => {
  const length = fc.integer({ min: 0, max: family === 4 ? 32 : 128 });
  const block = fc.tuple(words, length).map(([at, n]) => makePrefix(fromWords(family, at), n));

  it('finds the longest block and then every shorter one', () => {
    fc.assert(
      fc.property(fc.array(block, { maxLength: 40 }), words, (blocks, at) => {
        const trie = createTrie<Prefix>();
        for (const one of blocks) entryOf(trie, one, () => one);
        const address = fromWords(family, at);
        const expected = [
          ...new Map(blocks.filter((one) => contains(one, address)).map((one) => [one.text, one])).values(),
        ]
          .sort((x, y) => y.length - x.length)
          .map((one) => one.text);
        const found: string[] = [];
        for (let node = longest(trie, address); node !== undefined; node = shorter(node)) found.push(node.value!.text);
        expect(found).toEqual(expected);
      }),
      { numRuns: 2000, seed: 1 },
    );
  });
});
