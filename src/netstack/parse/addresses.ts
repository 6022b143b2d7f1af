/** Reads `ip -j addr`. */
import type { Address } from '../state.ts';
import { isOn, optionalIP, optionalText, requiredIP, requiredNumber, requiredText } from './fields.ts';
import { children, readEntries } from './json-section.ts';
import type { Entry } from './json-section.ts';
import { scopeName } from './names.ts';

const FLAGS = [
  'secondary',
  'tentative',
  'deprecated',
  'dadfailed',
  'noprefixroute',
  'mngtmpaddr',
  'temporary',
] as const;

/** Addresses of all devices in the kernel's order, which decides which one is chosen as a source. Throws SectionError. */
export function parseAddresses(text: string): readonly Address[] {
  const out: Address[] = [];
  for (const link of readEntries('ip-addr', text)) {
    if (link.fields['addr_info'] === undefined) continue;
    const dev = requiredText(link, 'ifname');
    for (const entry of children(link, 'addr_info')) {
      if (entry.fields['local'] === undefined && entry.fields['address'] === undefined) continue;
      out.push(parseAddress(entry, dev));
    }
  }
  return out;
}

function parseAddress(entry: Entry, dev: string): Address {
  // A point-to-point address is printed as local and address (the peer).
  const ip = optionalIP(entry, 'local') ?? requiredIP(entry, 'address');
  const peer = entry.fields['local'] === undefined ? undefined : optionalIP(entry, 'address');
  const broadcast = optionalIP(entry, 'broadcast');
  return {
    dev,
    ip,
    prefixLength: requiredNumber(entry, 'prefixlen'),
    scope: scopeName(optionalText(entry, 'scope') ?? 'global'),
    ...(broadcast !== undefined && { broadcast }),
    ...(peer !== undefined && { peer }),
    flags: FLAGS.filter((flag) => isFlagged(entry, flag, ip.family)),
    raw: printAddress(entry, ip.family),
  };
}

/** One bit means secondary for v4 and temporary for v6; older tools print `secondary` for both. */
function isFlagged(entry: Entry, flag: (typeof FLAGS)[number], family: 4 | 6): boolean {
  if (flag === 'secondary') return family === 4 && isOn(entry, 'secondary');
  if (flag === 'temporary') return isOn(entry, 'temporary') || (family === 6 && isOn(entry, 'secondary'));
  return isOn(entry, flag);
}

/** In the order in which `ip addr` prints them. */
const PRINTED_FLAGS = [
  'secondary',
  'temporary',
  'nodad',
  'optimistic',
  'dadfailed',
  'home',
  'deprecated',
  'tentative',
  'permanent',
  'mngtmpaddr',
  'noprefixroute',
  'autojoin',
  'dynamic',
  'stable-privacy',
] as const;

/** The line that `ip addr` prints, without life times. */
function printAddress(entry: Entry, family: 4 | 6): string {
  const local = optionalText(entry, 'local') ?? requiredText(entry, 'address');
  const peer = entry.fields['local'] === undefined ? undefined : optionalText(entry, 'address');
  const length = requiredNumber(entry, 'prefixlen');
  const out = [family === 4 ? 'inet' : 'inet6'];
  out.push(...(peer === undefined ? [`${local}/${length}`] : [local, 'peer', `${peer}/${length}`]));
  for (const [key, word] of [
    ['metric', 'metric'],
    ['broadcast', 'brd'],
    ['anycast', 'any'],
  ] as const) {
    const text = optionalText(entry, key);
    if (text !== undefined) out.push(word, text);
  }
  out.push('scope', scopeName(optionalText(entry, 'scope') ?? 'global'));
  for (const flag of PRINTED_FLAGS) if (isOn(entry, flag)) out.push(flag);
  const label = optionalText(entry, 'label');
  if (label !== undefined) out.push(label);
  return out.join(' ');
}
