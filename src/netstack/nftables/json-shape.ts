/** Takes values of JSON for what they should be. */
import { NotUnderstood } from './syntax-error.ts';

export type Json = Readonly<Record<string, unknown>>;

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function asJson(value: unknown): Json {
  if (!isJson(value)) throw new NotUnderstood('an object was expected');
  return value;
}

export function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  throw new NotUnderstood('a word was expected');
}

export function asNumber(value: unknown): number {
  if (typeof value === 'number') return value;
  throw new NotUnderstood('a number was expected');
}

/** One or several. */
export function asList(value: unknown): readonly unknown[] {
  return value === undefined || value === null ? [] : Array.isArray(value) ? (value as unknown[]) : [value];
}

/** The one key of an object, and its value. */
export function soleEntry(value: unknown): readonly [string, unknown] {
  const entries = Object.entries(asJson(value));
  if (entries.length !== 1) throw new NotUnderstood('an object of one key was expected');
  return entries[0]!;
}

/** For people; what is nested too deeply to be printed is not. */
export function jsonText(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof RangeError) return 'nested too deeply';
    throw error;
  }
}
