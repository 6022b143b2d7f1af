/** Every entry of the evaluators' registries has a test that a kernel judges, or says why it has none. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { PARTS } from '../../scripts/fidelity/parts.ts';
import { Proofs } from '../../scripts/fidelity/proofs.ts';

const proofs = new Proofs(fileURLToPath(new URL('../..', import.meta.url)));

describe.each(PARTS)('$title', ({ entries }) => {
  it.each(entries)('$name', (entry) => {
    const found = proofs.of(entry);
    if (entry.unproven === undefined) expect(found).not.toEqual([]);
    // a reason that no longer holds is to go
    else expect(found).toEqual([]);
  });
});

it('finds no proof for what nobody has tested', () => {
  expect(proofs.of({ name: 'x', model: '', use: /-m nobody-has-this\b/ })).toEqual([]);
});
