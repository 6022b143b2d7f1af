/** What an expression of a rule yields for a packet: a value, nothing to compare, or why it can't be told. */
import type { IP } from '../../model/address.ts';
import { ipv4, ipv6 } from '../../model/address.ts';
import type { PortRange } from '../../model/packet.ts';
import type { Memory } from './op.ts';

/** Up to 53 bits as a number, wider ones (IPv6 addresses) as a bigint, names as text. */
export type Scalar = number | bigint | string;

/** The packet does not have it: the kernel leaves the rule (NFT_BREAK). */
export interface Absent {
  readonly kind: 'absent';
}
export const ABSENT: Absent = { kind: 'absent' };

/** It has a value, which a dump does not tell. */
export interface NotKnown {
  readonly kind: 'not-known';
  readonly memory: Memory;
  /** Of a number: what it may be, both ends included. */
  readonly within?: PortRange;
}
export const NOT_KNOWN: NotKnown = { kind: 'not-known', memory: 'header' };
export const NOT_KNOWN_OF_FLOW: NotKnown = { kind: 'not-known', memory: 'flow' };
export const NEVER_KNOWN: NotKnown = { kind: 'not-known', memory: 'never' };

/** A number that may be any of a range. */
export function anyOf({ min, max }: PortRange): number | NotKnown {
  return min === max ? min : { kind: 'not-known', memory: 'header', within: { min, max } };
}

/** A number of which only some bits are known. */
export interface SomeBits {
  readonly kind: 'bits';
  readonly value: number;
  readonly known: number;
}

/** A port that may be any of a range. */
export interface PortSpan extends PortRange {
  readonly kind: 'ports';
  readonly side: 'sport' | 'dport';
}

/** The kernel picks one of `count` values from `first` on; `pin` is where a branch keeps which one it follows. */
export interface Pick {
  readonly kind: 'pick';
  readonly pin: object;
  readonly first: number;
  readonly count: number;
  readonly label: string;
}

/** Which value it is depends on the part of the range that the port is in. */
export interface BySpan {
  readonly kind: 'by-span';
  readonly span: PortSpan;
  readonly ranges: readonly PortRange[];
}

/** One of these, and it is not known which. */
export interface OneOf {
  readonly kind: 'one-of';
  readonly values: readonly Value[];
  readonly mayBeAbsent: boolean;
}

/** A run of values, both ends included: what a translation may choose from. */
export interface Span {
  readonly kind: 'span';
  readonly first: Scalar;
  readonly last: Scalar;
  /** Where it is a network: the length of its prefix. */
  readonly length?: number;
}

/** Several fields, one after the other. */
export interface Fields {
  readonly kind: 'fields';
  readonly fields: readonly Field[];
}

export type Field = Scalar | Absent | NotKnown | SomeBits | PortSpan | Pick | BySpan | OneOf | Span;
export type Value = Field | Fields;

export function isScalar(value: Value): value is Scalar {
  return typeof value !== 'object';
}

const words = new WeakMap<IP, bigint>();

/** Addresses as numbers: 32 bits, or a bigint of 128. */
export function addressValue(ip: IP): Scalar {
  if (ip.family === 4) return ip.a;
  let value = words.get(ip);
  if (value === undefined) {
    value = (BigInt(ip.a) << 96n) | (BigInt(ip.b) << 64n) | (BigInt(ip.c) << 32n) | BigInt(ip.d);
    words.set(ip, value);
  }
  return value;
}

export function addressOf(value: Scalar): IP | undefined {
  if (typeof value === 'number') return ipv4(value);
  if (typeof value === 'string') return undefined;
  const word = (shift: bigint): number => Number((value >> shift) & 0xffffffffn);
  return ipv6(word(96n), word(64n), word(32n), word(0n));
}

/** Orders values of one type. */
export function compareScalars(x: Scalar, y: Scalar): number {
  return x < y ? -1 : x > y ? 1 : 0;
}

/** A name in a dump may end in a star, as names of devices may (`eth*`); the star may be escaped to mean itself. */
export function nameMatches(pattern: string, name: string): boolean {
  if (!pattern.endsWith('*')) return pattern === name;
  return pattern.endsWith('\\*') ? name === `${pattern.slice(0, -2)}*` : name.startsWith(pattern.slice(0, -1));
}
