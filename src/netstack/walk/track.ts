/** nf_conntrack_in: finds or opens the packet's connection. */
import type { Packet } from '../../model/packet.ts';
import {
  ctInfoOf,
  findConnection,
  findRelated,
  isOutOfState,
  mayOpen,
  newConnection,
} from '../conntrack/connection.ts';
import type { Walk } from './walk.ts';
import { note } from './walk.ts';

/** A packet that already carries a connection (looped, or bridged before it is routed) or is untracked keeps what it has. */
export function track(walk: Walk): void {
  if (walk.tracking.kind !== 'none') return;
  const { quoted } = walk.packet;
  if (quoted !== undefined) return trackError(walk, quoted);
  const found = findConnection(walk.connections, walk.packet, walk.zone);
  if (found === undefined) return open(walk);
  const { index, direction } = found;
  const connection = walk.connections[index]!;
  if (isOutOfState(connection, direction, walk.packet)) return invalid(walk, 'an ACK, and no reply was seen here');
  walk.tracking = { kind: 'connection', index, direction };
  note(walk, 'conntrack', `${ctInfoOf(connection, direction).state}, ${direction} direction`);
  if (direction === 'reply' && !connection.seenReply) walk.setConnection({ ...connection, seenReply: true });
}

function trackError(walk: Walk, quoted: Packet): void {
  const found = findRelated(walk.connections, quoted, walk.zone);
  if (found === undefined) return invalid(walk, 'an error about a connection that was not seen here');
  walk.tracking = { kind: 'connection', ...found, isRelated: true };
  note(walk, 'conntrack', `RELATED, ${found.direction} direction`);
}

function open(walk: Walk): void {
  if (!mayOpen(walk.packet, walk.ns.sysctl('netfilter/nf_conntrack_tcp_loose') !== '0'))
    return invalid(walk, 'a reply to a connection that was not seen here');
  walk.tracking = { kind: 'connection', index: walk.connections.length, direction: 'original' };
  walk.connections = [...walk.connections, newConnection(walk.packet, walk.zone)];
}

function invalid(walk: Walk, why: string): void {
  walk.tracking = { kind: 'invalid' };
  note(walk, 'conntrack', `INVALID: ${why}`);
}
