/** Reads `ip -j nexthop`: nexthop objects, which routes refer to by `nhid`. */
import type { IP } from '../../model/address.ts';
import { has, optionalIP, optionalNumber, optionalText, requiredNumber, words } from './fields.ts';
import { child, children, readEntries } from './json-section.ts';
import type { Entry } from './json-section.ts';

export interface NexthopObject {
  readonly id: number;
  /** Members of a group with their weights; absent for a single nexthop. */
  readonly group?: readonly { readonly id: number; readonly weight: number }[];
  /** Buckets instead of hash thresholds: which member a flow takes depends on history. */
  readonly isResilient: boolean;
  readonly dev?: string;
  readonly via?: IP;
  readonly isBlackhole: boolean;
  /** For vxlan FDB entries, not for routes. */
  readonly isFdb: boolean;
  readonly onlink: boolean;
  readonly isDead: boolean;
  readonly isLinkDown: boolean;
  readonly encap?: string;
  readonly raw: string;
}

/** Throws SectionError. */
export function parseNexthops(text: string): readonly NexthopObject[] {
  return readEntries('ip-nexthop', text)
    .filter((entry) => entry.fields['id'] !== undefined)
    .map(parseNexthop);
}

function parseNexthop(entry: Entry): NexthopObject {
  const dev = optionalText(entry, 'dev');
  const host = child(entry, 'via');
  const via = host === undefined ? optionalIP(entry, 'gateway') : optionalIP(host, 'host');
  const encap = optionalText(entry, 'encap');
  const flags = words(entry, 'flags');
  return {
    id: requiredNumber(entry, 'id'),
    ...(has(entry, 'group') && { group: readGroup(entry) }),
    isResilient: optionalText(entry, 'type') === 'resilient',
    ...(dev !== undefined && { dev }),
    ...(via !== undefined && { via }),
    isBlackhole: has(entry, 'blackhole'),
    isFdb: has(entry, 'fdb'),
    onlink: flags.includes('onlink'),
    isDead: flags.includes('dead'),
    isLinkDown: flags.includes('linkdown'),
    ...(encap !== undefined && { encap }),
    raw: printNexthop(entry, flags),
  };
}

/** A weight of one is not printed. */
function readGroup(entry: Entry): NexthopObject['group'] & object {
  return children(entry, 'group').map((member) => ({
    id: requiredNumber(member, 'id'),
    weight: optionalNumber(member, 'weight') ?? 1,
  }));
}

/** The line that `ip nexthop` prints. */
function printNexthop(entry: Entry, flags: readonly string[]): string {
  const out = ['id', String(requiredNumber(entry, 'id'))];
  if (has(entry, 'group')) {
    out.push(
      'group',
      readGroup(entry)
        .map((m) => (m.weight === 1 ? String(m.id) : `${m.id},${m.weight}`))
        .join('/'),
    );
    const type = optionalText(entry, 'type');
    if (type !== undefined) out.push('type', type);
  }
  const gateway = optionalText(entry, 'gateway');
  if (gateway !== undefined) out.push('via', gateway);
  const dev = optionalText(entry, 'dev');
  if (dev !== undefined) out.push('dev', dev);
  if (has(entry, 'blackhole')) out.push('blackhole');
  out.push(...flags);
  if (has(entry, 'fdb')) out.push('fdb');
  return out.join(' ');
}
