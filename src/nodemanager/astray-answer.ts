/** Whether a namespace sends its answers to an IPv6 neighbour's questions astray: they go by its own neighbour table. */
import type { IP } from '../model/address.ts';
import type { NetNS } from '../netstack/netns.ts';
import { FIXED } from '../netstack/neighbour/entry.ts';
import { perNamespace } from '../netstack/per-namespace.ts';
import type { Neighbour } from '../netstack/state.ts';

/** The table is parsed only where somebody put an entry into it; the kernel's own are those of groups. */
const HAS_FIXED = /"dst":"(?!ff)[0-9a-f]*:[^}]*"(?:PERMANENT|NOARP)"/;

const fixedEntries = perNamespace((ns: NetNS): readonly Neighbour[] => {
  if (!HAS_FIXED.test(ns.section('ip-neigh')?.stdout ?? '')) return [];
  const { neighbours } = ns;
  return neighbours.ok ? neighbours.value.filter(({ ip, state }) => ip.family === 6 && FIXED.has(state)) : [];
});

/** It has the address, and an entry that no answer changes leads elsewhere than to the asker's MAC address. */
export function answersAstray(
  ns: NetNS,
  ip: IP,
  { asker, mac }: { readonly asker: NetNS; readonly mac: string },
): boolean {
  const fixed = fixedEntries(ns);
  if (fixed.length === 0) return false;
  const dev = ns.owner(ip)?.dev;
  return (
    dev !== undefined &&
    fixed.some((entry) => entry.dev === dev && entry.mac !== mac && asker.owner(entry.ip) !== undefined)
  );
}
