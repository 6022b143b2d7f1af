/** What a kind of mutation is: one file each, listed in index.ts. */
import type { FuzzRow } from '../fuzz-case.ts';
import type { Plausible } from '../plausible.ts';

export interface Mutation {
  /** Also the `kind` of its rows. */
  readonly name: string;
  /** How often it is chosen, relative to the others. */
  readonly weight: number;
  /** Rows that belong together, in order. None where the site has no place for it. */
  readonly make: (values: Plausible) => readonly Omit<FuzzRow, 'kind'>[];
}
