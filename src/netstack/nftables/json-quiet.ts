/** Words of nft for the JSON of statements that are kept as text: counters, limits, quotas, logs. */
import { parseIP } from '../../model/address.ts';
import { asJson, asList, asNumber, asText, isJson } from './json-shape.ts';
import type { Json } from './json-shape.ts';
import { NotUnderstood } from './syntax-error.ts';

/** Statement to text; `print` prints an expression, of names where it picks one. Throws NotUnderstood. */
type Quiet = (inner: unknown, print: (value: unknown) => string) => string;

export const QUIET: Readonly<Record<string, Quiet>> = {
  counter: (inner, print) => named('counter', inner, print) ?? counter(inner),
  log: (inner) => log(isJson(inner) ? inner : {}),
  last: () => 'last',
  dup: (inner, print) => copy('dup', asJson(inner), print),
  flow: (inner) => `flow ${asText(asJson(inner)['op'])} ${asText(asJson(inner)['flowtable'])}`,
  secmark: (inner, print) => `meta secmark set ${print(inner)}`,
  'ct helper': (inner, print) => `ct helper set ${print(inner)}`,
  'ct timeout': (inner, print) => `ct timeout set ${print(inner)}`,
  'ct expectation': (inner, print) => `ct expectation set ${print(inner)}`,
};

/** Statements whose answer depends on what came before. */
export const COUNTED: Readonly<Record<string, Quiet>> = {
  limit: (inner, print) => named('limit', inner, print) ?? limit(asJson(inner)),
  quota: (inner, print) => named('quota', inner, print) ?? quota(asJson(inner)),
};

/** What an element has beside its value. */
export function elementStatements(elem: Json): readonly string[] {
  const texts: string[] = [];
  for (const [name, inner] of Object.entries(elem)) {
    const print = { ...QUIET, ...COUNTED }[name];
    if (print !== undefined) texts.push(print(inner, asText));
    else if (name === 'ct count') texts.push(ctCount(asJson(inner)));
  }
  return texts;
}

export function ctCount({ val, inv }: Json): string {
  return `ct count ${inv === true ? 'over ' : ''}${asNumber(val)}`;
}

/** A named object, or a map that picks one; undefined for what is neither. */
function named(kind: string, inner: unknown, print: (value: unknown) => string): string | undefined {
  const isName = typeof inner === 'string' || (isJson(inner) && 'map' in inner);
  return isName ? `${kind} name ${print(inner)}` : undefined;
}

function counter(inner: unknown): string {
  if (!isJson(inner)) return 'counter';
  return `counter packets ${unsigned(inner['packets'])} bytes ${unsigned(inner['bytes'])}`;
}

/** 64 bits come signed. */
export function unsigned(value: unknown): string {
  const number = asNumber(value);
  if (!Number.isInteger(number)) throw new NotUnderstood('not a count');
  return number < 0 ? String(BigInt.asUintN(64, BigInt(number))) : String(BigInt(number));
}

export function limit({ rate, burst, per, inv, rate_unit, burst_unit }: Json): string {
  const words = ['limit rate'];
  if (inv === true) words.push('over');
  const isPackets = rate_unit === undefined || rate_unit === 'packets';
  words.push(isPackets ? `${asNumber(rate)}/${asText(per)}` : `${asNumber(rate)} ${asText(rate_unit)}/${asText(per)}`);
  const usual = isPackets ? 5 : 0;
  if (burst !== undefined && burst !== usual)
    words.push(`burst ${asNumber(burst)} ${isPackets ? 'packets' : asText(burst_unit)}`);
  return words.join(' ');
}

function quota({ val, val_unit, inv, used, used_unit }: Json): string {
  const words = ['quota'];
  if (inv === true) words.push('over');
  words.push(String(asNumber(val)), asText(val_unit));
  if (used !== undefined) words.push(`used ${asNumber(used)} ${asText(used_unit)}`);
  return words.join(' ');
}

function log(json: Json): string {
  const { prefix, level, flags } = json;
  const words = ['log'];
  if (prefix !== undefined) words.push(`prefix "${asText(prefix)}"`);
  for (const key of ['group', 'snaplen', 'queue-threshold'])
    if (json[key] !== undefined) words.push(`${key} ${asNumber(json[key])}`);
  if (level !== undefined) words.push(`level ${asText(level)}`);
  return [...words, ...logFlags(asList(flags).map(asText))].join(' ');
}

/** `tcp sequence` and `tcp options` share the word. */
function logFlags(flags: readonly string[]): readonly string[] {
  const ofTcp = flags.filter((flag) => flag.startsWith('tcp ')).map((flag) => flag.slice(4));
  const others = flags.filter((flag) => !flag.startsWith('tcp ')).map((flag) => `flags ${flag}`);
  return ofTcp.length === 0 ? others : [`flags tcp ${ofTcp.join(',')}`, ...others];
}

/** `dup` and `fwd`: to an address, by a device. */
export function copy(kind: 'dup' | 'fwd', { addr, dev, family }: Json, print: (value: unknown) => string): string {
  const words: string[] = [kind];
  if (family !== undefined) words.push(asText(family));
  words.push('to');
  if (addr !== undefined) words.push(typeof addr === 'string' && parseIP(addr) !== undefined ? addr : print(addr));
  if (dev !== undefined) words.push(...(addr === undefined ? [] : ['device']), print(dev));
  return words.join(' ');
}
