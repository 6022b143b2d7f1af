/** One line about a crossing: its interfaces, and the tunnel if there is one. */
import { PROTOCOL } from '../../model/packet.ts';
import type { Link } from '../../model/path.ts';

/** `eth0 → veth22f3b6dd`, `eth0 → eth0, vxlan 1: 192.168.77.11 → 192.168.77.12`. */
export function linkPhrase(link: Link): string {
  const from = link.sourceAttributes['if'];
  const to = link.destinationAttributes['if'];
  const devices = [from, to].filter((name) => name !== undefined).join(' → ') || link.type;
  const tunnel = tunnelPhrase(link);
  return tunnel === undefined ? devices : `${devices}, ${tunnel}`;
}

/** `vxlan 1: 192.168.77.11 → 192.168.77.12`; undefined where the packet is not in a tunnel. */
export function tunnelPhrase({ packet }: Link): string | undefined {
  if (packet.inner === undefined) return undefined;
  const { vni, protocol = 'vxlan' } = packet.inner;
  const kind = vni !== undefined ? `${protocol} ${vni}` : packet.protocol === PROTOCOL.ipip ? 'ipip' : 'tunnel';
  return `${kind}: ${packet.src.text} → ${packet.dst.text}`;
}
