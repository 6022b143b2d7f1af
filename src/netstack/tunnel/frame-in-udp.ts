/** The outer packet of a tunnel that carries frames in UDP: vxlan and geneve wrap them alike (udp_tunnel_xmit_skb). */
import type { IP } from '../../model/address.ts';
import type { Encapsulated, Packet, PortRange } from '../../model/packet.ts';
import { port, PROTOCOL, SYSTEM_TTL } from '../../model/packet.ts';
import { wrapped } from '../../model/packet-length.ts';

/** Outer IP and UDP headers, that of the tunnel without options, and the inner Ethernet one. */
const OVERHEAD = { 4: 20 + 8 + 8 + 14, 6: 40 + 8 + 8 + 14 } as const;

interface Tunnel {
  readonly src: IP;
  readonly dst: IP;
  readonly sport: PortRange;
  readonly dport: number;
  /** The device's own settings. */
  readonly kind: { readonly ttl?: number; readonly df?: string };
}

export function frameInUdp({ src, dst, sport, dport, kind }: Tunnel, inner: Encapsulated): Packet {
  const { packet } = inner.frame;
  return {
    family: dst.family,
    src,
    dst,
    protocol: PROTOCOL.udp,
    sport,
    dport: port(dport),
    tcpFlags: 0,
    // The mark stays on the packet: outer and inner share one skb in one namespace (ip_tunnels skb_scrub_packet).
    mark: packet.mark,
    tos: 0,
    ttl: kind.ttl ?? SYSTEM_TTL,
    ...wrapped(packet, OVERHEAD[dst.family]),
    df: kind.df === 'set' || (kind.df === 'inherit' && packet.df),
    inner,
  };
}
