/** A program that takes a datagram which was meant for somebody else: NAT may have led it to the program's port. */
import { lookupSocket } from '../socket/index.ts';
import type { ListeningSocket } from '../state.ts';
import type { Walk } from './walk.ts';

export function strangerFor({ ns, packet }: Walk): ListeningSocket | undefined {
  if (!ns.sockets.ok) return undefined;
  const found = lookupSocket(ns.sockets.value, packet, { sysctl: (key) => ns.sysctl(key) });
  return found.kind === 'found' ? found.socket : undefined;
}
