/** Addresses as /proc/net/ip_vs writes them: `0A60000A`, or an IPv6 address with all its digits. */
import { fromWords, parseIP, type Family, type IP } from '../../model/address.ts';

export function readHexAddress(text: string): IP | undefined {
  if (/^[0-9A-F]{8}$/.test(text)) return fromWords(4, [Number.parseInt(text, 16), 0, 0, 0]);
  if (!/^[0-9a-f]{4}(:[0-9a-f]{4}){7}$/.test(text)) return undefined;
  return parseIP(text);
}

export function hexAddress(ip: IP): string {
  const digits = (word: number): string => (word >>> 0).toString(16).padStart(8, '0');
  if (ip.family === 4) return digits(ip.a).toUpperCase();
  return [ip.a, ip.b, ip.c, ip.d].flatMap((word) => [digits(word).slice(0, 4), digits(word).slice(4)]).join(':');
}

/** `0A60000A:0050`, `[fd96:…:0010]:0050` */
export function readHexHostPort(text: string): { readonly address: IP; readonly port: number } | undefined {
  const [, six, four, port] = /^(?:\[([0-9a-f:]+)\]|([0-9A-F]{8})):([0-9A-F]{4})$/.exec(text) ?? [];
  const address = readHexAddress(six ?? four ?? '');
  return address === undefined ? undefined : { address, port: Number.parseInt(port!, 16) };
}

export function hexHostPort(address: IP, port: number): string {
  const text = hexAddress(address);
  return `${address.family === 4 ? text : `[${text}]`}:${hex(port, 4)}`;
}

export const hex = (value: number, digits: number): string =>
  (value >>> 0).toString(16).toUpperCase().padStart(digits, '0');

/**
 * The netmask of persistence: an IPv4 mask, or for IPv6 the number of bits, of which the kernel turns the bytes round
 * before it prints them on a little-endian machine.
 */
export function readMask(text: string, family: Family | undefined): number | undefined {
  if (!/^[0-9A-F]{8}$/.test(text)) return undefined;
  const value = Number.parseInt(text, 16);
  if (family === 6) return turned(value) <= 128 ? turned(value) : undefined;
  const length = Math.clz32(~value >>> 0);
  return maskOf(length) === value ? length : undefined;
}

export function printMask(length: number, family: Family | undefined): string {
  return hex(family === 6 ? turned(length) : maskOf(length), 8);
}

const maskOf = (length: number): number => (length === 0 ? 0 : (-1 << (32 - length)) >>> 0);

function turned(value: number): number {
  return (((value & 0xff) << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | ((value >>> 24) & 0xff)) >>> 0;
}
