/** Rules, elements and texts that are made when something asks for them: of thousands of rules a packet meets a few. */
import { printRule, printStatement } from './print-statement.ts';
import type { Plain } from './print-statement.ts';
import type { Element, NftSet, Rule, Statement } from './types.ts';

/** Reads a rule, and tells what it is without that. */
export interface RuleSource {
  statements(): readonly Statement[];
  shape(): Rule['shape'];
}

export class LazyRule implements Rule {
  readonly handle?: number;
  readonly comment?: string;
  readonly #source: RuleSource;
  #raw: string | undefined;
  #statements: readonly Statement[] | undefined;

  /** `raw` is printed where there is none. */
  constructor(source: RuleSource, known: Pick<Rule, 'handle' | 'comment'> & { readonly raw?: string }) {
    this.#source = source;
    this.#raw = known.raw;
    if (known.handle !== undefined) this.handle = known.handle;
    if (known.comment !== undefined) this.comment = known.comment;
  }

  get statements(): readonly Statement[] {
    return (this.#statements ??= this.#source.statements());
  }

  get shape(): Rule['shape'] {
    return this.#source.shape();
  }

  get raw(): string {
    return (this.#raw ??= printRule(this));
  }
}

/** The set, whose elements are read at their first use. */
export function lazySet(set: Omit<NftSet, 'elements'>, read: () => readonly Element[]): NftSet {
  let elements: readonly Element[] | undefined;
  return {
    ...set,
    get elements() {
      return (elements ??= read());
    },
  };
}

/** The statement with the text that it would be listed by. */
export function printed(plain: Plain): Statement {
  return {
    ...plain,
    get raw(): string {
      return printStatement(this);
    },
  };
}
