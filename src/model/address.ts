/** IPv4 and IPv6 addresses and prefixes, as values that compare fast. */

export type Family = 4 | 6;

/**
 * An address. IPv4 keeps its 32 bits in `a` and zero in the others; IPv6 keeps four 32-bit words,
 * most significant first. `text` is the canonical form (RFC 5952) and is unique per address, so it
 * can be a key of a Map.
 */
export interface IP {
  readonly family: Family;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
  readonly text: string;
}

/** An address block. `ip` has its host bits cleared; `length` is in bits. */
export interface Prefix {
  readonly ip: IP;
  readonly length: number;
  readonly text: string;
}

/** Parses one address of either family; undefined where the text is none (leading zeros and zones are refused). */
export function parseIP(text: string): IP | undefined {
  return text.includes(':') ? parseIPv6(text) : parseIPv4(text);
}

/** Like {@link parseIP} for text that is known to be an address (constants, our own output). Throws a RangeError. */
export function ip(text: string): IP {
  const parsed = parseIP(text);
  if (parsed === undefined) throw new RangeError(`"${text}" is not an IP address`);
  return parsed;
}

/**
 * Parses `address/length`; an address alone is its own /32 or /128. Host bits are cleared.
 * Undefined where the text is no prefix.
 */
export function parsePrefix(text: string): Prefix | undefined {
  const slash = text.indexOf('/');
  const address = parseIP(slash < 0 ? text : text.slice(0, slash));
  if (address === undefined) return undefined;
  if (slash < 0) return makePrefix(address, bits(address.family));
  const length = text.slice(slash + 1);
  if (!/^\d{1,3}$/.test(length) || Number(length) > bits(address.family)) return undefined;
  return makePrefix(address, Number(length));
}

/** Like {@link parsePrefix} for text that is known to be a prefix. Throws a RangeError. */
export function prefix(text: string): Prefix {
  const parsed = parsePrefix(text);
  if (parsed === undefined) throw new RangeError(`"${text}" is not an IP prefix`);
  return parsed;
}

/** The block of `length` bits that holds the address. */
export function makePrefix(address: IP, length: number): Prefix {
  const masked = maskTo(address, length);
  return { ip: masked, length, text: `${masked.text}/${length}` };
}

export function bits(family: Family): number {
  return family === 4 ? 32 : 128;
}

export function sameIP(x: IP, y: IP): boolean {
  return x.a === y.a && x.b === y.b && x.c === y.c && x.d === y.d && x.family === y.family;
}

/** Orders v4 before v6, then by value. */
export function compareIP(x: IP, y: IP): number {
  return x.family - y.family || x.a - y.a || x.b - y.b || x.c - y.c || x.d - y.d;
}

export function contains(block: Prefix, address: IP): boolean {
  return shareBits(block.ip, address, block.length);
}

/** Whether both are of one family and alike in their first `length` bits. */
export function shareBits(x: IP, y: IP, length: number): boolean {
  if (x.family !== y.family) return false;
  if (length === 0) return true;
  if (length <= 32) return ((x.a ^ y.a) & wordMask(length)) === 0;
  if (x.a !== y.a) return false;
  if (length <= 64) return ((x.b ^ y.b) & wordMask(length - 32)) === 0;
  if (x.b !== y.b) return false;
  if (length <= 96) return ((x.c ^ y.c) & wordMask(length - 64)) === 0;
  return x.c === y.c && ((x.d ^ y.d) & wordMask(length - 96)) === 0;
}

/** The bit at `index`, 0 the most significant. */
export function bitAt(address: IP, index: number): 0 | 1 {
  const word = index < 32 ? address.a : index < 64 ? address.b : index < 96 ? address.c : address.d;
  return ((word >>> (31 - (index & 31))) & 1) as 0 | 1;
}

/** An IPv4 address from its 32 bits. */
export function ipv4(value: number): IP {
  const a = value >>> 0;
  return { family: 4, a, b: 0, c: 0, d: 0, text: formatIPv4(a) };
}

/** An IPv6 address from its four 32-bit words. */
export function ipv6(a: number, b: number, c: number, d: number): IP {
  const w = [a >>> 0, b >>> 0, c >>> 0, d >>> 0] as const;
  return { family: 6, a: w[0], b: w[1], c: w[2], d: w[3], text: formatIPv6(w) };
}

/** An address of the given family from words; v4 uses the first only. */
export function fromWords(family: Family, words: readonly [number, number, number, number]): IP {
  return family === 4 ? ipv4(words[0]) : ipv6(...words);
}

/** The address with all bits after `length` cleared. */
export function maskTo(address: IP, length: number): IP {
  if (length >= bits(address.family)) return address;
  return fromWords(address.family, [
    address.a & wordMask(length),
    address.b & wordMask(length - 32),
    address.c & wordMask(length - 64),
    address.d & wordMask(length - 96),
  ]);
}

/** The address `offset` after this one, wrapping at the end of its family. */
export function addOffset(address: IP, offset: number): IP {
  if (address.family === 4) return ipv4(address.a + offset);
  const words = [address.a, address.b, address.c, address.d];
  let carry = offset;
  for (let i = 3; i >= 0 && carry !== 0; i--) {
    const sum = words[i]! + carry;
    words[i] = ((sum % 2 ** 32) + 2 ** 32) % 2 ** 32;
    carry = Math.floor(sum / 2 ** 32);
  }
  return ipv6(words[0]!, words[1]!, words[2]!, words[3]!);
}

export const isUnspecified = (x: IP): boolean => (x.a | x.b | x.c | x.d) === 0;
export const isLoopback = (x: IP): boolean =>
  x.family === 4 ? x.a >>> 24 === 127 : x.a === 0 && x.b === 0 && x.c === 0 && x.d === 1;
export const isMulticast = (x: IP): boolean => (x.family === 4 ? x.a >>> 28 === 0xe : x.a >>> 24 === 0xff);
export const isLinkLocal = (x: IP): boolean =>
  x.family === 4 ? x.a >>> 16 === 0xa9fe : (x.a & 0xffc00000) >>> 0 === 0xfe800000;
export const isBroadcast = (x: IP): boolean => x.family === 4 && x.a === 0xffffffff;

/** `10.0.0.1:80` or `[fd00::1]:80`. */
export function formatHostPort(address: IP, port: number | string): string {
  return address.family === 6 ? `[${address.text}]:${port}` : `${address.text}:${port}`;
}

function wordMask(length: number): number {
  if (length <= 0) return 0;
  return length >= 32 ? -1 : -1 << (32 - length);
}

function parseIPv4(text: string): IP | undefined {
  let value = 0;
  let octet = -1;
  let dots = 0;
  let leadingZero = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 46) {
      if (octet < 0 || ++dots > 3) return undefined;
      value = value * 256 + octet;
      octet = -1;
      leadingZero = false;
      continue;
    }
    const digit = code - 48;
    if (digit < 0 || digit > 9 || leadingZero) return undefined;
    leadingZero = octet < 0 && digit === 0;
    octet = octet < 0 ? digit : octet * 10 + digit;
    if (octet > 255) return undefined;
  }
  if (dots !== 3 || octet < 0) return undefined;
  return ipv4(value * 256 + octet);
}

function parseIPv6(text: string): IP | undefined {
  if (text.length > 45) return undefined;
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = hextets(halves[0]!, halves.length === 1);
  const tail = halves.length === 2 ? hextets(halves[1]!, true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const all = [...head, ...Array.from({ length: missing }, () => 0), ...tail];
  const word = (i: number): number => all[2 * i]! * 65536 + all[2 * i + 1]!;
  return ipv6(word(0), word(1), word(2), word(3));
}

function hextets(text: string, mayEndInIPv4: boolean): number[] | undefined {
  if (text === '') return [];
  const parts = text.split(':');
  const out: number[] = [];
  for (const [i, part] of parts.entries()) {
    if (part.includes('.')) {
      const v4 = mayEndInIPv4 && i === parts.length - 1 ? parseIPv4(part) : undefined;
      if (v4 === undefined) return undefined;
      out.push(v4.a >>> 16, v4.a & 0xffff);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      out.push(Number.parseInt(part, 16));
    } else {
      return undefined;
    }
  }
  return out;
}

function formatIPv4(a: number): string {
  return `${a >>> 24}.${(a >>> 16) & 255}.${(a >>> 8) & 255}.${a & 255}`;
}

function formatIPv6(w: readonly [number, number, number, number]): string {
  if (w[0] === 0 && w[1] === 0 && w[2] === 0xffff) return `::ffff:${formatIPv4(w[3])}`;
  const h = w.flatMap((x) => [x >>> 16, x & 0xffff]);
  let start = -1;
  let longest = 1;
  for (let i = 0; i < 8; i++) {
    let n = 0;
    while (i + n < 8 && h[i + n] === 0) n++;
    if (n > longest) [start, longest] = [i, n];
    if (n > 0) i += n - 1;
  }
  const hex = (xs: number[]): string => xs.map((x) => x.toString(16)).join(':');
  return start < 0 ? hex(h) : `${hex(h.slice(0, start))}::${hex(h.slice(start + longest))}`;
}
