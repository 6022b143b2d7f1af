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
export function track(walk: Walk): Walk {
  if (walk.tracking.kind !== 'none') return walk;
  const { quoted } = walk.packet;
  if (quoted !== undefined) return trackError(walk, quoted);
  const found = findConnection(walk.connections, walk.packet, walk.zone);
  if (found === undefined) return open(walk);
  const connection = walk.connections[found.index]!;
  if (isOutOfState(connection, found.direction, walk.packet)) {
    return note({ ...walk, tracking: { kind: 'invalid' } }, 'conntrack', 'INVALID: an ACK, and no reply was seen here');
  }
  const isFirstReply = found.direction === 'reply' && !connection.seenReply;
  const connections = isFirstReply
    ? walk.connections.with(found.index, { ...connection, seenReply: true })
    : walk.connections;
  const tracked: Walk = {
    ...walk,
    connections,
    tracking: { kind: 'connection', index: found.index, direction: found.direction },
  };
  return note(tracked, 'conntrack', `${ctInfoOf(connection, found.direction).state}, ${found.direction} direction`);
}

function trackError(walk: Walk, quoted: Packet): Walk {
  const found = findRelated(walk.connections, quoted, walk.zone);
  if (found === undefined)
    return note(
      { ...walk, tracking: { kind: 'invalid' } },
      'conntrack',
      'INVALID: an error about a connection that was not seen here',
    );
  return note(
    { ...walk, tracking: { kind: 'connection', ...found, isRelated: true } },
    'conntrack',
    `RELATED, ${found.direction} direction`,
  );
}

function open(walk: Walk): Walk {
  if (!mayOpen(walk.packet, walk.ns.sysctl('netfilter/nf_conntrack_tcp_loose') !== '0')) {
    return note(
      { ...walk, tracking: { kind: 'invalid' } },
      'conntrack',
      'INVALID: a reply to a connection that was not seen here',
    );
  }
  const connections = [...walk.connections, newConnection(walk.packet, walk.zone)];
  return {
    ...walk,
    connections,
    tracking: { kind: 'connection', index: connections.length - 1, direction: 'original' },
  };
}
