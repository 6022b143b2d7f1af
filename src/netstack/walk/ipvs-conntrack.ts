/** What IPVS does to the connection that conntrack has for a packet (ip_vs_nfct.c). */
import type { VirtualConnection } from '../ipvs/connection.ts';
import type { Walk } from './walk.ts';
import { note } from './walk.ts';

/** Whether this packet has opened its connection, and nothing has confirmed it yet. */
function isUnconfirmed({ tracking, connection, connections, iif }: Walk): boolean {
  if (tracking.kind !== 'connection' || connection === undefined || tracking.isRelated === true) return false;
  const isNewest = tracking.index === connections.length - 1;
  // what came round by lo was confirmed as it left
  return isNewest && tracking.direction === 'original' && !connection.seenReply && iif !== 'lo';
}

/**
 * ip_vs_update_conntrack: answers are expected from the real server. The connection does not count as translated
 * (IPS_DST_NAT is not set), so that the nat core leaves the destination alone.
 */
export function expectFromReal(walk: Walk, { real }: VirtualConnection): void {
  const { connection } = walk;
  if (connection === undefined || !isUnconfirmed(walk)) return;
  walk.setConnection({
    ...connection,
    reply: {
      ...connection.reply,
      src: real.address,
      sport: real.port.min === real.port.max ? real.port : connection.reply.sport,
    },
  });
}

/** ip_vs_notrack: net.ipv4.vs.conntrack is 0, so that no rule after this sees a connection, and nat leaves the packet alone. */
export function outOfConntrack(walk: Walk): void {
  if (walk.tracking.kind === 'connection') note(walk, 'conntrack', 'IPVS takes the packet out of conntrack');
  forgetUnconfirmed(walk);
  walk.tracking = { kind: 'untracked' };
}

/** A connection that goes with its first packet. */
export function forgetUnconfirmed(walk: Walk): void {
  if (isUnconfirmed(walk)) walk.connections = walk.connections.slice(0, -1);
}
