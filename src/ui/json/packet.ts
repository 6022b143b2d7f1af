/** A packet in JSON: KubeSkoop's four fields, and the ports that are not single, and what a tunnel carries. */
import { formatPorts, protocolName, samePorts, port } from '../../model/packet.ts';
import type { Packet } from '../../model/packet.ts';
import type { DiagnoseResult } from '../json-schema.ts';

export type PacketJson = DiagnoseResult['links'][number]['packet'];

export function packetJson(packet: Packet): PacketJson {
  const { inner } = packet;
  if (inner === undefined) return plain(packet);
  return {
    ...plain(packet),
    inner: { ...plain(inner.frame.packet), ...(inner.vni === undefined ? {} : { vni: inner.vni }) },
  };
}

function plain(packet: Packet): Omit<PacketJson, 'inner'> {
  const { sport, dport } = packet;
  return {
    source: packet.src.text,
    destination: packet.dst.text,
    dport: dport.min,
    protocol: protocolName(packet.protocol),
    ...(sport.max === 0 ? {} : { sourcePorts: formatPorts(sport) }),
    ...(samePorts(dport, port(dport.min)) ? {} : { destinationPorts: formatPorts(dport) }),
  };
}
