/** What a dropped packet was: read from its first bytes, through a vxlan header where it has one. */

/** Enough to tell which probe it belongs to, whatever its addresses were translated to. */
export type DroppedPacket =
  | {
      readonly kind: 'tcp';
      readonly text: string;
      readonly sequence: number;
      readonly acknowledges: number | undefined;
      readonly isReset: boolean;
    }
  | { readonly kind: 'udp'; readonly text: string; readonly token: number; readonly isAnswer: boolean }
  | { readonly kind: 'icmp'; readonly text: string; readonly token: number; readonly isAnswer: boolean };

const TCP = 6;
const UDP = 17;
const ICMP = 1;
const ICMPV6 = 58;
const UDP_HEADER = 8;
const VXLAN_HEADER = 8;
const ETHERNET_HEADER = 14;
const ETHERTYPES = new Set([0x0800, 0x86dd]);
const RST = 0x04;
const ACK = 0x10;

/** Undefined for what no probe sends: errors, discovery, fragments, or bytes that were not written yet. */
export function droppedPacket(bytes: Buffer): DroppedPacket | undefined {
  const version = bytes[0]! >> 4;
  if (version === 4) return payload(bytes, { header: (bytes[0]! & 15) * 4, protocol: bytes[9]!, family: 4 });
  if (version === 6) return payload(bytes, { header: 40, protocol: bytes[6]!, family: 6 });
  return undefined;
}

interface Layer {
  readonly header: number;
  readonly protocol: number;
  readonly family: 4 | 6;
}

function payload(bytes: Buffer, { header, protocol, family }: Layer): DroppedPacket | undefined {
  if (bytes.length < header + 20) return undefined;
  const [sport, dport] = [bytes.readUInt16BE(header), bytes.readUInt16BE(header + 2)];
  const ends = addresses(bytes, family);
  const text = `${ends[0]}:${sport} > ${ends[1]}:${dport}`;
  if (protocol === TCP)
    return {
      kind: 'tcp',
      text: `tcp ${text}`,
      sequence: bytes.readUInt32BE(header + 4),
      acknowledges: (bytes[header + 13]! & ACK) === 0 ? undefined : bytes.readUInt32BE(header + 8),
      isReset: (bytes[header + 13]! & RST) !== 0,
    };
  if (protocol === UDP) {
    const inner = bytes.subarray(header + UDP_HEADER);
    if (isVxlan(inner)) return droppedPacket(inner.subarray(VXLAN_HEADER + ETHERNET_HEADER));
    const data = bytes.toString('latin1', header + 8, header + 40);
    const token = /^(?:\{"token": "t(\d+)"|t(\d+)\n)/.exec(data);
    if (token === null) return undefined;
    return {
      kind: 'udp',
      text: `udp ${text}`,
      token: Number(token[1] ?? token[2]),
      isAnswer: token[1] !== undefined,
    };
  }
  const echo = { [ICMP]: [8, 0], [ICMPV6]: [128, 129] }[protocol];
  if (echo?.includes(bytes[header]!) !== true) return undefined;
  return {
    kind: 'icmp',
    text: `icmp ${ends.join(' > ')}`,
    token: bytes.readUInt16BE(header + 6),
    isAnswer: bytes[header] === echo[1],
  };
}

/** By what is in it: NAT may have changed the port (RFC 7348, 5: the I flag, and zeroes around the VNI). */
function isVxlan(data: Buffer): boolean {
  if (data.length < VXLAN_HEADER + ETHERNET_HEADER) return false;
  const ethertype = data.readUInt16BE(VXLAN_HEADER + ETHERNET_HEADER - 2);
  return data.readUInt32BE(0) === 0x08000000 && data[VXLAN_HEADER - 1] === 0 && ETHERTYPES.has(ethertype);
}

function addresses(bytes: Buffer, family: 4 | 6): [string, string] {
  const at = (offset: number): string =>
    family === 4
      ? [...bytes.subarray(offset, offset + 4)].join('.')
      : (bytes.toString('hex', offset, offset + 16).match(/.{4}/g) ?? []).join(':');
  return family === 4 ? [at(12), at(16)] : [at(8), at(24)];
}
