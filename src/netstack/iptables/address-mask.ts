/** Addresses with a mask of any bits: `10.0.0.0/24`, `10.0.0.0/255.0.255.0`, `fd00::/64`. */
import type { IP } from '../../model/address.ts';
import { fromWords, parseIP, sameIP } from '../../model/address.ts';

export interface AddressMask {
  has(address: IP): boolean;
  /** The one address, where all bits count. */
  readonly only?: IP;
}

/** Undefined where the text is neither. */
export function parseAddressMask(text: string): AddressMask | undefined {
  const slash = text.indexOf('/');
  const address = parseIP(slash < 0 ? text : text.slice(0, slash));
  if (address === undefined) return undefined;
  const mask = slash < 0 ? lengthMask(address, address.family === 4 ? 32 : 128) : parseMask(address, text.slice(slash + 1));
  return mask === undefined ? undefined : makeMask(address, mask);
}

function makeMask(address: IP, mask: IP): AddressMask {
  const { family } = address;
  const [ma, mb, mc, md] = [mask.a, mask.b, mask.c, mask.d];
  if (family === 4) {
    const net = address.a & ma;
    return { has: (other) => (other.a & ma) === net && other.family === 4, ...(ma === 0xffffffff && { only: address }) };
  }
  const [na, nb, nc, nd] = [address.a & ma, address.b & mb, address.c & mc, address.d & md];
  const has = (other: IP): boolean =>
    (other.a & ma) === na && (other.b & mb) === nb && (other.c & mc) === nc && (other.d & md) === nd && other.family === 6;
  return { has, ...(sameIP(mask, lengthMask(address, 128)) && { only: address }) };
}

function parseMask(address: IP, text: string): IP | undefined {
  if (/^\d{1,3}$/.test(text)) return Number(text) <= (address.family === 4 ? 32 : 128) ? lengthMask(address, Number(text)) : undefined;
  const mask = parseIP(text);
  return mask?.family === address.family ? mask : undefined;
}

function lengthMask(address: IP, length: number): IP {
  const word = (index: number): number => {
    const bits = Math.min(Math.max(length - 32 * index, 0), 32);
    return bits === 0 ? 0 : (-1 << (32 - bits)) >>> 0;
  };
  return fromWords(address.family, [word(0), word(1), word(2), word(3)]);
}
