/** Checked access to the fields of an entry: each throws a SectionError where the type is not what the tool prints. */
import { parseIP, parsePrefix, bits, makePrefix, prefix } from '../../model/address.ts';
import type { Family, IP, Prefix } from '../../model/address.ts';
import { wrongType } from './json-section.ts';
import { dsfieldId } from './names.ts';
import type { Entry } from './json-section.ts';

/** True where the key is there at all: iproute2 prints switches as `"not":null`. */
export function has(entry: Entry, key: string): boolean {
  return entry.fields[key] !== undefined;
}

/** A switch that is printed as null, as a boolean, as 0 and 1, or as `on` and `off`. */
export function isOn(entry: Entry, key: string, fallback = false): boolean {
  const value = entry.fields[key];
  if (value === undefined) return fallback;
  if (value === null || value === true || value === 1 || value === 'on' || value === '1') return true;
  if (value === false || value === 0 || value === 'off' || value === '0') return false;
  throw wrongType(entry, key, 'a switch');
}

export function optionalText(entry: Entry, key: string): string | undefined {
  const value = entry.fields[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  throw wrongType(entry, key, 'text');
}

export function requiredText(entry: Entry, key: string): string {
  const value = optionalText(entry, key);
  if (value === undefined || value === '') throw wrongType(entry, key, 'text');
  return value;
}

/** A non-negative integer, also where it is printed as `"254"` or `"0x10"`. */
export function optionalNumber(entry: Entry, key: string): number | undefined {
  const value = entry.fields[key];
  if (value === undefined || value === null) return undefined;
  const number = typeof value === 'string' && /^(0x[0-9a-f]+|\d+)$/i.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) throw wrongType(entry, key, 'a number');
  return number;
}

/** The DS byte, which some versions print as the name of a class. */
export function optionalTos(entry: Entry, key: string): number | undefined {
  const text = optionalText(entry, key);
  if (text === undefined) return undefined;
  const value = dsfieldId(text);
  if (value === undefined || value > 255) throw wrongType(entry, key, 'a DS byte');
  return value;
}

export function requiredNumber(entry: Entry, key: string): number {
  const value = optionalNumber(entry, key);
  if (value === undefined) throw wrongType(entry, key, 'a number');
  return value;
}

export function optionalIP(entry: Entry, key: string): IP | undefined {
  const text = optionalText(entry, key);
  if (text === undefined) return undefined;
  const value = parseIP(text);
  if (value === undefined) throw wrongType(entry, key, 'an address');
  return value;
}

export function requiredIP(entry: Entry, key: string): IP {
  const value = optionalIP(entry, key);
  if (value === undefined) throw wrongType(entry, key, 'an address');
  return value;
}

/** `default`, `all` and `any` are the whole family. */
export function optionalPrefix(entry: Entry, key: string, family: Family): Prefix | undefined {
  const text = optionalText(entry, key);
  if (text === undefined) return undefined;
  if (text === 'default' || text === 'all' || text === 'any') return everything(family);
  const value = parsePrefix(text);
  if (value === undefined || value.ip.family !== family) throw wrongType(entry, key, `an IPv${family} prefix`);
  return value;
}

/** An address with its length in a field of its own, as policy rules print it. */
export function splitPrefix(entry: Entry, key: string, lengthKey: string, family: Family): Prefix | undefined {
  const whole = optionalPrefix(entry, key, family);
  const length = optionalNumber(entry, lengthKey);
  if (whole === undefined || length === undefined) return whole;
  if (length < 0 || length > bits(family)) throw wrongType(entry, lengthKey, 'a prefix length');
  return makePrefix(whole.ip, length);
}

/** A list of words; absent is empty. */
export function words(entry: Entry, key: string): readonly string[] {
  const value = entry.fields[key];
  if (value === undefined || value === null) return NO_WORDS;
  if (typeof value === 'string') return value === '' ? NO_WORDS : [value];
  if (!Array.isArray(value) || !value.every((x) => typeof x === 'string'))
    throw wrongType(entry, key, 'a list of words');
  return value;
}

export function everything(family: Family): Prefix {
  return family === 4 ? ALL4 : ALL6;
}

const NO_WORDS: readonly string[] = [];
const ALL4 = prefix('0.0.0.0/0');
const ALL6 = prefix('::/0');
