/** Rows of what is broken on a node: each change is found in both families, named, and nothing else is. */
import { expect, it } from 'vitest';
import type { Suspicion } from '../../src/model/index.ts';

export interface BrokenRow {
  readonly name: string;
  readonly codes: readonly string[];
  /** Of the first finding. */
  readonly says?: RegExp;
}

export function itFinds<R extends BrokenRow>(
  rows: readonly R[],
  node: string,
  check: (row: R, family: 4 | 6) => readonly Suspicion[],
): void {
  it.each(rows.flatMap((row) => ([4, 6] as const).map((family) => ({ row, family }))))(
    '$row.name (IPv$family)',
    ({ row, family }) => {
      const found = check(row, family);
      expect(found.map(({ code }) => code).toSorted()).toEqual(row.codes);
      if (row.says !== undefined) expect(found[0]?.message).toMatch(row.says);
      for (const suspicion of found) expect(suspicion).toMatchObject({ node, remedy: expect.any(String) });
    },
  );
}
