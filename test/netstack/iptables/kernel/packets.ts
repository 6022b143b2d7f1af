/** Packets that are put on the lab's cable, by name, both families. */
import type { Family } from '../../../../src/model/address.ts';
import { ADDRESS } from './lab.ts';
import type { WirePacket } from './lab.ts';

export const PACKETS: Readonly<Record<Family, Readonly<Record<string, WirePacket>>>> = { 4: packets(4), 6: packets(6) };

function packets(family: Family): Record<string, WirePacket> {
  const { near, far, behind } = ADDRESS[family];
  const ip = { family, src: near, dst: far, ttl: 64, tos: 0, payload: 0 } as const;
  const echo = family === 4 ? { protocol: 1, icmpType: 8 } : { protocol: 58, icmpType: 128 };
  const error = family === 4 ? { protocol: 1, icmpType: 13 } : { protocol: 58, icmpType: 139 };
  return {
    syn: { ...ip, protocol: 6, sport: 40000, dport: 80, flags: 0x02 },
    'syn to 8080': { ...ip, protocol: 6, sport: 1023, dport: 8080, flags: 0x02, ttl: 3, tos: 0x20 },
    'syn with ecn': { ...ip, protocol: 6, sport: 50000, dport: 443, flags: 0xc2, tos: 2 },
    'ack out of the blue': { ...ip, protocol: 6, sport: 40001, dport: 22, flags: 0x10 },
    udp: { ...ip, protocol: 17, sport: 40000, dport: 53, payload: 100 },
    'udp, high tos': { ...ip, protocol: 17, sport: 53, dport: 40000, payload: 12, tos: 0xb8, ttl: 255 },
    echo: { ...ip, ...echo, icmpCode: 0, payload: 56 },
    'another icmp': { ...ip, ...error, icmpCode: 0 },
    'syn to be forwarded': { ...ip, dst: behind, protocol: 6, sport: 40002, dport: 80, flags: 0x02 },
    'udp to be forwarded': { ...ip, dst: behind, protocol: 17, sport: 40002, dport: 53, payload: 20 },
    'echo to be forwarded': { ...ip, dst: behind, ...echo, icmpCode: 0, payload: 8 },
  };
}
