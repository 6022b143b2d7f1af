/** Numbers and ranges as save tools print them. */
import type { PortRange } from '../../model/packet.ts';

/** Decimal or 0x hexadecimal, up to 32 bits. */
export function parseNumber(text: string | undefined): number | undefined {
  if (text === undefined || !/^(0[xX][0-9a-fA-F]{1,8}|\d{1,10})$/.test(text)) return undefined;
  const value = Number(text);
  return value <= 0xffffffff ? value : undefined;
}

/** `value/mask`; without a mask all bits count. */
export function parseMasked(text: string | undefined): { readonly value: number; readonly mask: number } | undefined {
  if (text === undefined) return undefined;
  const slash = text.indexOf('/');
  const value = parseNumber(slash < 0 ? text : text.slice(0, slash));
  const mask = slash < 0 ? 0xffffffff : parseNumber(text.slice(slash + 1));
  return value === undefined || mask === undefined ? undefined : { value, mask };
}

/** `80`, `80:90`, `:90`, `80:`; an open end is `last`. */
export function parseRange(text: string | undefined, last: number): PortRange | undefined {
  if (text === undefined || text === '' || text === ':') return undefined;
  const colon = text.indexOf(':');
  if (colon < 0) {
    const single = parseNumber(text);
    return single === undefined || single > last ? undefined : { min: single, max: single };
  }
  const min = colon === 0 ? 0 : parseNumber(text.slice(0, colon));
  const max = colon === text.length - 1 ? last : parseNumber(text.slice(colon + 1));
  return min === undefined || max === undefined || max > last ? undefined : { min, max };
}

export function holds(range: PortRange, value: number): boolean {
  return value >= range.min && value <= range.max;
}

/** `0x4000/0x4000` as MARK prints its argument. */
export function formatMasked(value: number, mask: number): string {
  return `0x${value.toString(16)}/0x${mask.toString(16)}`;
}
