/**
 * Parts that many rules of a table have in common: kept once, so that a walk through tens of thousands of rules touches
 * little memory, and read once.
 */
import type { AddressCondition } from './address-mask.ts';
import { parseAddressCondition } from './address-mask.ts';
import type { Match } from './match.ts';
import type { Options } from './options.ts';

/** A match with the options that it was made of. */
export interface ReadMatch {
  /** Undefined for one that always holds. */
  readonly match: Match | undefined;
  /** Undefined where they are not understood. */
  readonly options: Options | undefined;
}

export class SharedParts {
  readonly #addresses = new Map<string, AddressCondition | undefined>();
  readonly #matches = new Map<string, ReadMatch>();
  readonly #lists = new Map<string, readonly Match[]>();

  address(text: string, isInverted: boolean): AddressCondition | undefined {
    const key = isInverted ? `!${text}` : text;
    let condition = this.#addresses.get(key);
    if (condition === undefined) {
      condition = parseAddressCondition(text, isInverted);
      this.#addresses.set(key, condition);
    }
    return condition;
  }

  /** `words` are those of the match alone, its name first. */
  match(words: readonly string[], read: () => ReadMatch): ReadMatch {
    const key = words.join('\0');
    let found = this.#matches.get(key);
    if (found === undefined) {
      found = read();
      this.#matches.set(key, found);
    }
    return found;
  }

  list(matches: readonly Match[]): readonly Match[] {
    const key = matches.map(({ raw }) => raw).join('\0');
    const found = this.#lists.get(key);
    if (found !== undefined && found.every((match, i) => match === matches[i])) return found;
    this.#lists.set(key, matches);
    return matches;
  }
}
