/** Addresses with a mask of any bits: `10.0.0.0/24`, `10.0.0.0/255.0.255.0`, `fd00::/64`. */
import type { Family, IP } from '../../model/address.ts';
import { fromWords, maskTo, parseIP, sameIP } from '../../model/address.ts';

/**
 * A condition on an address. Flat, with its words as signed numbers: it is what most rules are told apart by, and a node
 * has tens of thousands.
 */
export interface AddressCondition {
  readonly family: Family;
  readonly isInverted: boolean;
  /** Words of the network, and of the mask. */
  readonly na: number;
  readonly ma: number;
  readonly nb: number;
  readonly mb: number;
  readonly nc: number;
  readonly mc: number;
  readonly nd: number;
  readonly md: number;
  /** The one address, where the mask takes all bits. */
  readonly only: IP | undefined;
}

/** Undefined where the text is no address. */
export function parseAddressCondition(text: string, isInverted: boolean): AddressCondition | undefined {
  const slash = text.indexOf('/');
  const address = parseIP(slash < 0 ? text : text.slice(0, slash));
  if (address === undefined) return undefined;
  const all = fromWords(address.family, [-1, -1, -1, -1]);
  const mask = slash < 0 ? all : parseMask(all, text.slice(slash + 1));
  if (mask === undefined) return undefined;
  const [ma, mb, mc, md] = [mask.a | 0, mask.b | 0, mask.c | 0, mask.d | 0];
  return {
    family: address.family,
    isInverted,
    na: address.a & ma,
    ma,
    nb: address.b & mb,
    mb,
    nc: address.c & mc,
    mc,
    nd: address.d & md,
    md,
    only: sameIP(mask, all) ? address : undefined,
  };
}

export function meets(condition: AddressCondition, address: IP): boolean {
  return covers(condition, address) !== condition.isInverted;
}

function covers(block: AddressCondition, address: IP): boolean {
  if (((block.na ^ address.a) & block.ma) !== 0 || block.family !== address.family) return false;
  if (block.family === 4) return true;
  return (
    (((block.nb ^ address.b) & block.mb) |
      ((block.nc ^ address.c) & block.mc) |
      ((block.nd ^ address.d) & block.md)) ===
    0
  );
}

/** A length or a mask of the family of `all`. */
function parseMask(all: IP, text: string): IP | undefined {
  if (/^\d{1,3}$/.test(text))
    return Number(text) <= (all.family === 4 ? 32 : 128) ? maskTo(all, Number(text)) : undefined;
  const mask = parseIP(text);
  return mask?.family === all.family ? mask : undefined;
}
