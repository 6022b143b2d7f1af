/** Whether the kernel itself answers an ICMP echo request (icmp.c, ipv6/icmp.c). */
import { isMulticast } from '../../model/address.ts';
import type { Evidence } from '../../model/evidence.ts';
import type { Packet } from '../../model/packet.ts';
import type { SocketOptions } from './lookup-socket.ts';

export interface EchoAnswer {
  readonly isAnswered: boolean;
  /** The sysctl that forbids it. */
  readonly evidence: readonly Evidence[];
}

/** `to`: what the destination is to this namespace, as the route said. */
export function answersEcho(
  packet: Packet,
  to: 'local' | 'anycast' | 'broadcast' | 'multicast',
  { sysctl }: SocketOptions,
): EchoAnswer {
  for (const key of switches(packet, to)) {
    const value = sysctl(key);
    if (value !== undefined && value.trim() !== '0') {
      return {
        isAnswered: false,
        evidence: [{ kind: 'sysctl', raw: `net.${key.replaceAll('/', '.')} = ${value.trim()}` }],
      };
    }
  }
  return { isAnswered: true, evidence: [] };
}

function switches(packet: Packet, to: Parameters<typeof answersEcho>[1]): readonly string[] {
  const isGroup = to === 'multicast' || isMulticast(packet.dst);
  if (packet.family === 4) {
    return to === 'broadcast' || isGroup
      ? ['ipv4/icmp_echo_ignore_all', 'ipv4/icmp_echo_ignore_broadcasts']
      : ['ipv4/icmp_echo_ignore_all'];
  }
  const keys = ['ipv6/icmp/echo_ignore_all'];
  if (isGroup) keys.push('ipv6/icmp/echo_ignore_multicast');
  if (to === 'anycast') keys.push('ipv6/icmp/echo_ignore_anycast');
  return keys;
}
