/** Run-time configuration: made once in `cmd`, handed to what needs it, never global. */
import type { FlagGroup, FlagSet, FlagValues } from './flags.ts';

export type RawFlagValue = string | number | boolean | readonly string[];

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
      else if (flag.type === 'duration') out[name] = flag.default === undefined ? undefined : parseDuration(flag.default);
      else out[name] = flag.default;
    }
    return out as FlagValues<F>;
  }

  /** Whether the user gave this flag, as opposed to its default. */
  isGiven(name: string): boolean {
    return this.#given.has(name);
  }
}

const UNITS: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, 'µs': 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** A Go duration (`2m0s`, `1.5h`, `0`) in milliseconds; undefined where the text is none. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/gy)];
  const covered = parts.reduce((n, part) => n + part[0].length, 0);
  if (parts.length === 0 || covered !== text.length) return undefined;
  return parts.reduce((sum, part) => sum + Number(part[1]) * UNITS[part[2]!]!, 0);
}
