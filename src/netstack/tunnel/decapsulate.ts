/** vxlan_rcv: a tunnel packet for this namespace is unwrapped, and the frame inside comes in by the tunnel device. */
import { PROTOCOL, type Encapsulated, type Packet } from '../../model/packet.ts';
import { receiveFrame } from '../walk/receive.ts';
import { strangerFor } from '../walk/stranger.ts';
import { receiveGeneve } from './geneve.ts';
import { decapsulateIP } from './ip-tunnel-receive.ts';
import { receiveWireguard } from './wireguard.ts';
import type { Walk } from '../walk/walk.ts';
import { end, note, unknownSection } from '../walk/walk.ts';

export function decapsulate(walk: Walk, inner: Encapsulated): void {
  const { ns, packet } = walk;
  if (inner.keys !== undefined) return receiveWireguard(walk, inner, inner.keys);
  if (packet.protocol !== PROTOCOL.udp) return decapsulateIP(walk, inner);
  if (inner.protocol === 'geneve') return receiveGeneve(walk, inner);
  const { links } = ns;
  if (!links.ok) return unknownSection(walk, links.missing);
  const here = links.value.filter(
    (link) => link.kind.kind === 'vxlan' && link.kind.port === packet.dport.min && link.isUp,
  );
  const link = here.find(
    (each) => each.kind.kind === 'vxlan' && each.kind.vni === inner.vni && isForFamily(each.kind, packet.family),
  );
  const evidence = here.map((each) => ({ kind: 'link' as const, raw: each.raw }));
  if (here.length === 0) {
    const stranger = strangerFor(walk);
    if (stranger !== undefined)
      return end(walk, 'nat-failed', `a program of ${ns.key} gets the tunnel packet: what is inside goes no further`, {
        evidence: [{ kind: 'socket', raw: stranger.raw }],
        notice: 'timeout',
      });
    return end(walk, 'connection-refused', `${ns.key} has no vxlan device that is up on UDP port ${packet.dport.min}`, {
      evidence,
      notice: 'timeout',
    });
  }
  if (link === undefined) {
    return end(
      walk,
      'wrong-neighbour',
      `no vxlan device of ${ns.key} on port ${packet.dport.min} has VNI ${inner.vni ?? '?'}`,
      { evidence },
    );
  }
  if (inner.frame.srcMac === link.mac)
    return end(walk, 'loop', `${link.name} of ${ns.key} drops a frame from its own MAC address`, { evidence });
  note(walk, 'tunnel', `${link.name} unwraps it (VNI ${inner.vni ?? '?'}, from VTEP ${packet.src.text})`, {
    kind: 'link',
    raw: link.raw,
  });
  const unwrapped: Packet = { ...inner.frame.packet, mark: packet.mark };
  walk.beginAnew(unwrapped, false);
  receiveFrame(walk, link.name, { ...inner.frame, packet: unwrapped });
}

/** A device listens on a socket of one family: that of its local or remote address, IPv4 where it has neither. */
function isForFamily(
  kind: { readonly local?: { family: 4 | 6 }; readonly remote?: { family: 4 | 6 } },
  family: 4 | 6,
): boolean {
  return (kind.local?.family ?? kind.remote?.family ?? 4) === family;
}
