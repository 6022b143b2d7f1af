/** TPROXY hands a packet to a local socket that is transparent, and drops what finds none (xt_TPROXY.c, nf_tproxy). */
import type { Packet } from '../../model/packet.ts';
import { PROTOCOL } from '../../model/packet.ts';
import { answers } from '../conntrack/connection.ts';
import type { NetfilterVerdict } from '../netfilter/types.ts';
import { lookupSocket } from '../socket/index.ts';
import type { Walk } from './walk.ts';

type Tproxy = Extract<NetfilterVerdict, { kind: 'tproxy' }>;

/** `maybe`: there is a socket, and a dump does not tell whether it is transparent. */
export function hasTransparentSocket(walk: Walk, { address, port }: Tproxy): 'no' | 'maybe' {
  const { packet, ns, run } = walk;
  const { awaited } = run;
  // a connection's own socket goes before one that listens: an ordinary program's is not transparent
  const isClients = awaited?.what === 'the client' && awaited.nsKey === ns.key && answers(awaited.tuple, packet);
  if (isClients && packet.protocol === PROTOCOL.tcp) return 'no';
  if (awaited !== undefined || !ns.sockets.ok) return 'maybe';
  const asked: Packet = { ...packet, dst: address ?? packet.dst, dport: { min: port, max: port } };
  return lookupSocket(ns.sockets.value, asked, { sysctl: (key) => ns.sysctl(key) }).kind === 'none' ? 'no' : 'maybe';
}
