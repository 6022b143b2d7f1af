/** What compiling a rule may look up in its table. */
import type { Lead, Op } from './op.ts';
import type { SetIndex } from './set-index.ts';
import type { NftFamily } from './types.ts';
import type { Value } from './value.ts';

/** What an element of a set or map holds: nothing, a value, or a verdict. */
export type Datum = { readonly kind: 'member' } | { readonly kind: 'value'; readonly value: Value } | Lead;

export interface CompiledSet {
  readonly index: SetIndex<Datum>;
  /** Under which a walk remembers that packets changed the set; undefined where packets can't. */
  readonly key: string | undefined;
}

export interface Scope {
  readonly family: NftFamily;
  /** Comparisons of a field with a constant, by their text: thousands of chains ask the same. */
  readonly comparisons: Map<string, Op>;
  /** Undefined where the dump has no set of the name. */
  set(name: string): CompiledSet | undefined;
}
