/** A connection that IPVS has scheduled, as an immutable value: what its packets and their answers look like. */
import { sameIP, type IP } from '../../model/address.ts';
import type { Packet, PortRange } from '../../model/packet.ts';
import { samePorts } from '../../model/packet.ts';
import { holds } from '../conntrack/connection.ts';
import type { ForwardingMethod, RealServer, VirtualService } from './types.ts';

export interface VirtualConnection {
  readonly protocol: number;
  readonly client: { readonly address: IP; readonly port: PortRange };
  readonly virtual: { readonly address: IP; readonly port: PortRange };
  readonly real: { readonly address: IP; readonly port: PortRange };
  readonly method: ForwardingMethod;
  /** IP_VS_CONN_F_NFCT: conntrack keeps it too (net.ipv4.vs.conntrack). */
  readonly isTracked: boolean;
  /** The listing's lines. */
  readonly service: string;
  readonly server: string;
}

/** ip_vs_conn_new for the packet that was scheduled. */
export function virtualConnection(
  packet: Packet,
  { service, server }: { readonly service: VirtualService; readonly server: RealServer },
  isTracked: boolean,
): VirtualConnection {
  return {
    protocol: packet.protocol,
    client: { address: packet.src, port: packet.sport },
    virtual: { address: packet.dst, port: packet.dport },
    real: {
      address: server.address,
      port: server.port === 0 ? packet.dport : { min: server.port, max: server.port },
    },
    method: server.method,
    isTracked,
    service: service.raw,
    server: server.raw,
  };
}

/** The connection that a client's packet belongs to (ip_vs_conn_in_get). */
export function connectionOfRequest(
  connections: readonly VirtualConnection[],
  packet: Packet,
): VirtualConnection | undefined {
  return connections.findLast(
    ({ protocol, client, virtual }) =>
      protocol === packet.protocol &&
      sameIP(client.address, packet.src) &&
      holds(client.port, packet.sport) &&
      sameIP(virtual.address, packet.dst) &&
      samePorts(virtual.port, packet.dport),
  );
}

/** The connection that a real server's packet answers (ip_vs_conn_out_get). */
export function connectionOfReply(
  connections: readonly VirtualConnection[],
  packet: Packet,
): VirtualConnection | undefined {
  return connections.findLast((connection) => {
    const { address, port } = connection.method === 'masquerade' ? connection.real : connection.virtual;
    return (
      connection.protocol === packet.protocol &&
      sameIP(address, packet.src) &&
      samePorts(port, packet.sport) &&
      sameIP(connection.client.address, packet.dst) &&
      holds(connection.client.port, packet.dport)
    );
  });
}

/** The packet turned round: what an ICMP error quotes is a packet of the other direction. */
export function turned(packet: Packet): Packet {
  return { ...packet, src: packet.dst, dst: packet.src, sport: packet.dport, dport: packet.sport };
}
