/** Run-time configuration: made once in `cmd`, handed to what needs it, never global. */
import type { FlagGroup, FlagSet, FlagValues } from './flags.ts';
import { parseDuration } from './values.ts';
import type { RawFlagValue } from './values.ts';

export class Context {
  readonly #given: ReadonlyMap<string, RawFlagValue>;

  /** `given`: values from the command line by flag name, already of the flag's type (durations in milliseconds). */
  constructor(given: ReadonlyMap<string, RawFlagValue> = new Map()) {
    this.#given = given;
  }

  /** The group's values: what was given, else the default. */
  values<F extends FlagSet>(group: FlagGroup<F>): FlagValues<F> {
    const out: Record<string, RawFlagValue | undefined> = {};
    for (const [name, flag] of Object.entries(group.flags)) {
      const given = this.#given.get(name);
      if (given !== undefined) out[name] = given;
      else if (flag.type === 'strings') out[name] = [];
      else if (flag.type === 'duration')
        out[name] = flag.default === undefined ? undefined : parseDuration(flag.default);
      else out[name] = flag.default;
    }
    return out as FlagValues<F>;
  }

  /** Whether the user gave this flag, as opposed to its default. */
  isGiven(name: string): boolean {
    return this.#given.has(name);
  }
}
