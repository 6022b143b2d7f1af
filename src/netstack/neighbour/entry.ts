/** What the neighbour table says of an address. */
import type { IP } from '../../model/address.ts';
import type { Evidence } from '../../model/evidence.ts';
import type { NetNS } from '../netns.ts';
import type { MissingSection, NetLink } from '../state.ts';

export interface KnownNeighbour {
  readonly kind: 'known';
  readonly mac: string;
  readonly state: string;
  readonly evidence: Evidence;
}

export type NeighbourEntry =
  | KnownNeighbour
  /** No entry, or one that has to be asked for again; `failed` where the last try got no answer. */
  | { readonly kind: 'ask'; readonly failed?: Evidence }
  | { readonly kind: 'missing'; readonly missing: MissingSection };

const USABLE = new Set(['PERMANENT', 'NOARP', 'REACHABLE', 'STALE', 'DELAY', 'PROBE']);

/** Entries that no time-out ends, and that learn nothing from who asks. */
export const FIXED: ReadonlySet<string> = new Set(['PERMANENT', 'NOARP']);

export function neighbourEntry(ns: NetNS, link: NetLink, ip: IP): NeighbourEntry {
  const { neighbours } = ns;
  if (!neighbours.ok) return { kind: 'missing', missing: neighbours.missing };
  const entry = ns.neighbour(link.name, ip);
  if (entry !== undefined) {
    const evidence: Evidence = { kind: 'neighbour', raw: entry.raw };
    if (USABLE.has(entry.state) && entry.mac !== undefined)
      return { kind: 'known', mac: entry.mac, state: entry.state, evidence };
    return entry.state === 'FAILED' ? { kind: 'ask', failed: evidence } : { kind: 'ask' };
  }
  // arp_constructor: a device without ARP sends to its own address.
  if (link.noArp) return { kind: 'known', mac: link.mac, state: 'NOARP', evidence: { kind: 'link', raw: link.raw } };
  return { kind: 'ask' };
}
