/** nf_conntrack_in: finds or opens the packet's connection. */
import { PROTOCOL } from '../../model/packet.ts';
import type { Packet } from '../../model/packet.ts';
import {
  ctInfoOf,
  findConnection,
  findRelated,
  isOutOfState,
  mayOpen,
  narrowTo,
  newConnection,
} from '../conntrack/connection.ts';
import { conntrackEntries } from '../conntrack/table-size.ts';
import type { Walk } from './walk.ts';
import { note, unknown } from './walk.ts';

type Found = NonNullable<ReturnType<typeof findConnection>>;

/** A packet that already carries a connection (looped, or bridged before it is routed) or is untracked keeps what it has. */
export function track(walk: Walk): 'goes-on' | 'over' {
  if (walk.tracking.kind !== 'none') return 'goes-on';
  if (isDiscovery(walk.packet)) {
    walk.tracking = { kind: 'untracked' };
    return 'goes-on';
  }
  const { quoted } = walk.packet;
  const found = quoted === undefined ? findConnection(walk.connections, walk.packet, walk.zone) : undefined;
  if (quoted !== undefined) trackError(walk, quoted);
  else if (found !== undefined) trackKnown(walk, found);
  else return open(walk);
  return 'goes-on';
}

/** Neighbour discovery and listener reports have no connection (nf_conntrack_icmpv6_error). */
function isDiscovery({ protocol, icmpType }: Packet): boolean {
  return protocol === PROTOCOL.icmpv6 && icmpType !== undefined && UNTRACKED_TYPES.has(icmpType);
}

const UNTRACKED_TYPES: ReadonlySet<number> = new Set([130, 131, 132, 133, 134, 135, 136, 143]);

function trackKnown(walk: Walk, { index, direction }: Found): void {
  const connection = walk.connections[index]!;
  if (isOutOfState(connection, direction, walk.packet)) return invalid(walk, 'an ACK, and no reply was seen here');
  walk.tracking = { kind: 'connection', index, direction };
  note(walk, 'conntrack', `${ctInfoOf(connection, direction).state}, ${direction} direction`);
  walk.setConnection(
    direction === 'reply'
      ? { ...narrowTo(connection, walk.packet), seenReply: true, isOld: true }
      : { ...connection, isOld: true },
  );
}

function trackError(walk: Walk, quoted: Packet): void {
  const found = findRelated(walk.connections, quoted, walk.zone);
  if (found === undefined) return invalid(walk, 'an error about a connection that was not seen here');
  walk.tracking = { kind: 'connection', ...found, isRelated: true };
  note(walk, 'conntrack', `RELATED, ${found.direction} direction`);
}

function open(walk: Walk): 'goes-on' | 'over' {
  if (!mayOpen(walk.packet, walk.ns.sysctl('netfilter/nf_conntrack_tcp_loose') !== '0')) {
    invalid(walk, 'a reply to a connection that was not seen here');
    return 'goes-on';
  }
  const entries = conntrackEntries(walk.ns);
  if (entries !== undefined && entries.count >= entries.most) {
    const message = `the connection tracking table of ${walk.ns.key} is full: the kernel drops a new connection unless it finds an old one to give up`;
    unknown(walk, 'unknown-state', message, entries.evidence);
    return 'over';
  }
  walk.tracking = { kind: 'connection', index: walk.connections.length, direction: 'original' };
  walk.connections = [...walk.connections, newConnection(walk.packet, walk.zone)];
  return 'goes-on';
}

function invalid(walk: Walk, why: string): void {
  walk.tracking = { kind: 'invalid' };
  note(walk, 'conntrack', `INVALID: ${why}`);
}
