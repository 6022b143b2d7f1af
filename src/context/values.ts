/** Turns the text after a flag into the flag's value, as Go's strconv and time packages read it. */
import { assertNever } from '../model/assert-never.ts';
import type { Flag } from './flags.ts';

export type RawFlagValue = string | number | boolean | readonly string[];

/** A value, or what was expected instead: `a number from 1 to 65535`. */
export type ParsedValue =
  | { readonly ok: true; readonly value: RawFlagValue }
  | { readonly ok: false; readonly expected: string };

/** Reads one value of a flag; durations become milliseconds, a `strings` flag gives the list that this one text holds. */
export function parseFlagValue(flag: Flag, text: string): ParsedValue {
  switch (flag.type) {
    case 'string':
      return parseChoice(text, flag.choices);
    case 'boolean': {
      const value = BOOLEANS.get(text);
      return value === undefined ? { ok: false, expected: 'true or false' } : { ok: true, value };
    }
    case 'integer':
      return parseInteger(text, flag.min ?? Number.MIN_SAFE_INTEGER, flag.max ?? Number.MAX_SAFE_INTEGER);
    case 'duration': {
      const value = parseDuration(text);
      return value === undefined ? { ok: false, expected: 'a duration such as 2s or 1m30s' } : { ok: true, value };
    }
    case 'strings':
      return { ok: true, value: flag.isVariadic === true ? [text] : text.split(',').filter((part) => part !== '') };
    default:
      return assertNever(flag);
  }
}

/** What Go's strconv.ParseBool takes. */
const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...['1', 't', 'T', 'true', 'TRUE', 'True'].map((text) => [text, true] as const),
  ...['0', 'f', 'F', 'false', 'FALSE', 'False'].map((text) => [text, false] as const),
]);

const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** A Go duration (`2m0s`, `1.5h`, `0`) in milliseconds; undefined where the text is none. */
export function parseDuration(text: string): number | undefined {
  if (/^[-+]?0$/.test(text)) return 0;
  const match = /^([-+]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/.exec(text);
  if (match === null) return undefined;
  const parts = match[2]!.matchAll(/([\d.]+)(\D+)/g);
  const sum = [...parts].reduce((total, part) => total + Number(part[1]) * UNITS[part[2]!]!, 0);
  return match[1] === '-' ? -sum : sum;
}

/** Kubernetes writes protocols in capitals, users do not: choices are compared without case. */
function parseChoice(text: string, choices: readonly string[] | undefined): ParsedValue {
  if (choices === undefined) return { ok: true, value: text };
  const value = choices.find((choice) => choice.toLowerCase() === text.toLowerCase());
  return value === undefined ? { ok: false, expected: `one of ${choices.join(', ')}` } : { ok: true, value };
}

/** Go's ParseInt with base 0: decimal, 0x, 0o, 0b, and underscores between digits. */
function parseInteger(text: string, min: number, max: number): ParsedValue {
  const expected =
    min > Number.MIN_SAFE_INTEGER && max < Number.MAX_SAFE_INTEGER
      ? `a number from ${min} to ${max}`
      : 'a whole number';
  const match = /^([-+]?)(0[xX][\da-fA-F_]+|0[oO]?[0-7_]+|0[bB][01_]+|[1-9][\d_]*|0)$/.exec(text);
  if (match === null || /__|_$/.test(text)) return { ok: false, expected };
  const digits = match[2]!.replaceAll('_', '').replace(/^0(?=[0-7])/, '0o');
  const value = (match[1] === '-' ? -1 : 1) * Number(digits);
  return Number.isSafeInteger(value) && value >= min && value <= max ? { ok: true, value } : { ok: false, expected };
}
