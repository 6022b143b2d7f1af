/** A connection that opens and hangs at its first large segment: found by walking one where the way is not equally wide everywhere. */
import { LEVEL, type Suspicion } from '../model/suspicion.ts';
import type { NetNS } from '../netstack/netns.ts';
import type { Walked } from './diagnostor.ts';
import { endingOf } from './findings.ts';

/** More than any segment has; its ends make it what they agree on. */
export const LARGEST_SEGMENT = 65_535;

/** Devices that see the packet differ in how much they take, or a route says how much is to be sent. */
export function mayNarrow({ branches, links, visited }: Walked): boolean {
  const nodes = new Map([...visited].map((action) => [action.id, action]));
  const room = new Set<number>();
  for (const { forward, reply } of branches)
    for (const { hops } of [forward, ...(reply === undefined ? [] : [reply])]) {
      const own = hops[0]?.packet.length ?? 0;
      for (const { egress, node } of hops) {
        const link = egress === undefined ? undefined : links.get(egress);
        const device = nodes.get(node)?.ns.link(link?.sourceAttributes['if'] ?? '');
        if (link !== undefined && device !== undefined) room.add(device.mtu - (link.packet.length - own));
      }
    }
  return room.size > 1 || [...visited].some(({ ns }) => hasRouteMtu(ns));
}

const hasRouteMtu = (ns: NetNS): boolean =>
  ([4, 6] as const).some((family) => {
    const routes = ns.routes(family);
    return routes.ok && routes.value.some(({ mtu }) => mtu !== undefined);
  });

/** `large`: the same question walked with data of {@link LARGEST_SEGMENT}. */
export function blackHoleFindings(large: Walked): readonly Suspicion[] {
  const found = new Map<string, Suspicion>();
  for (const branch of large.branches) {
    const { reason, verdict, fits, message, node, evidence } = endingOf(branch);
    if (reason !== 'mtu' || verdict !== 'unreachable' || branch.established === undefined) continue;
    const limit = fits === undefined ? 'large packets' : `packets of more than ${fits} bytes`;
    found.set(message, {
      level: LEVEL.critical,
      code: 'PMTU_BLACK_HOLE',
      message: `the connection opens, but ${limit} are lost and their sender is not told: ${message}`,
      evidence,
      node,
    });
  }
  return [...found.values()];
}
