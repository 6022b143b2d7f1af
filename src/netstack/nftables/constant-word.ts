/** Makes a value of a word or number of either listing, by the data type that it is of. */
import { parseIP } from '../../model/address.ts';
import { protocolNumber } from '../iptables/protocols.ts';
import type { DataType } from './data-type.ts';
import type { Expr } from './types.ts';

const UNITS: Readonly<Record<string, number>> = { w: 604_800, d: 86_400, h: 3600, m: 60, s: 1, ms: 0.001 };
const MAC = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i;
const NUMBER = /^(0x[0-9a-f]+|\d+)$/i;

/** A name that stands for no value that is known stays text that compares with nothing. */
export function constantWord(word: string, type: DataType): Expr {
  if (type.isText === true)
    return type.isOrNumber === true && NUMBER.test(word) ? numberOf(word, type) : { kind: 'text', value: word };
  if (NUMBER.test(word)) return numberOf(word, type);
  const named = symbolOf(word, type);
  if (named !== undefined) return { kind: 'number', value: named, symbol: word };
  if (word.includes(':') && MAC.test(word))
    return { kind: 'number', value: Number.parseInt(word.replaceAll(':', ''), 16) };
  const address = parseIP(word);
  if (address !== undefined) return { kind: 'address', value: address };
  if (type.print === 'seconds') {
    const seconds = secondsOf(word);
    if (seconds !== undefined) return { kind: 'number', value: seconds };
  }
  return { kind: 'unknown', raw: word };
}

/** JSON has 64 bits signed. */
export function constantNumber(value: number, type: DataType): Expr {
  if (isBig(type)) {
    if (!Number.isSafeInteger(value)) return { kind: 'unknown', raw: String(value) };
    return { kind: 'big-number', value: BigInt.asUintN(type.bits ?? 64, BigInt(value)) };
  }
  return { kind: 'number', value };
}

function numberOf(word: string, type: DataType): Expr {
  if (isBig(type)) return { kind: 'big-number', value: BigInt(word) };
  const value = Number(word);
  return Number.isSafeInteger(value) ? { kind: 'number', value } : { kind: 'big-number', value: BigInt(word) };
}

function isBig({ bits, isFlags }: DataType): boolean {
  return bits !== undefined && bits > 53 && isFlags !== true;
}

function symbolOf(word: string, { name, symbols }: DataType): number | undefined {
  if (name === 'inet_proto') return protocolNumber(word);
  return symbols !== undefined && Object.hasOwn(symbols, word) ? symbols[word] : undefined;
}

/** `1h30m`, `59m59s996ms` or plain seconds; undefined for what is no time. */
export function secondsOf(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text);
  if (!/^(\d+(w|d|h|ms|m|s))+$/.test(text)) return undefined;
  let seconds = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)(w|d|h|ms|m|s)/g)) seconds += Number(count) * UNITS[unit!]!;
  return Math.round(seconds * 1000) / 1000;
}
