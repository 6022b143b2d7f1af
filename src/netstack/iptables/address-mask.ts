/** Addresses with a mask of any bits: `10.0.0.0/24`, `10.0.0.0/255.0.255.0`, `fd00::/64`. */
import type { Family, IP } from '../../model/address.ts';
import { fromWords, maskTo, parseIP, sameIP } from '../../model/address.ts';

/** Kept as flat words: it is what most rules are told apart by. */
export interface AddressMask {
  readonly family: Family;
  readonly net: IP;
  /** The mask's words, as signed numbers. */
  readonly ma: number;
  readonly mb: number;
  readonly mc: number;
  readonly md: number;
  /** Does the mask take all bits? Then `net` is the one address. */
  readonly isOne: boolean;
}

/** Undefined where the text is neither. */
export function parseAddressMask(text: string): AddressMask | undefined {
  const slash = text.indexOf('/');
  const address = parseIP(slash < 0 ? text : text.slice(0, slash));
  if (address === undefined) return undefined;
  const all = fromWords(address.family, [-1, -1, -1, -1]);
  const mask = slash < 0 ? all : parseMask(all, text.slice(slash + 1));
  if (mask === undefined) return undefined;
  const [ma, mb, mc, md] = [mask.a | 0, mask.b | 0, mask.c | 0, mask.d | 0];
  const net = fromWords(address.family, [address.a & ma, address.b & mb, address.c & mc, address.d & md]);
  return { family: address.family, net, ma, mb, mc, md, isOne: sameIP(mask, all) };
}

export function covers(mask: AddressMask, address: IP): boolean {
  const { net } = mask;
  if (((net.a ^ address.a) & mask.ma) !== 0 || mask.family !== address.family) return false;
  return mask.family === 4 || (((net.b ^ address.b) & mask.mb) | ((net.c ^ address.c) & mask.mc) | ((net.d ^ address.d) & mask.md)) === 0;
}

/** A length or a mask of the family of `all`. */
function parseMask(all: IP, text: string): IP | undefined {
  if (/^\d{1,3}$/.test(text)) return Number(text) <= (all.family === 4 ? 32 : 128) ? maskTo(all, Number(text)) : undefined;
  const mask = parseIP(text);
  return mask?.family === all.family ? mask : undefined;
}
