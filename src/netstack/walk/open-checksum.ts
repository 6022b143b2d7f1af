/** The UDP checksum of a tunnel packet that NAT rewrote, which is lost where a device computes the checksum inside. */
import { PROTOCOL, type Frame, type Packet } from '../../model/packet.ts';
import type { Walk } from './walk.ts';
import { end, fork } from './walk.ts';

/**
 * A checksum inside that is left to a device is what skb->ip_summed is about, and NAT takes that for the outer header's
 * (nf_csum_update). Nobody looks at the outer one until a device has computed that inside, and it is wrong then; in this
 * host the packet is as good as any (skb_csum_unnecessary). A checksum inside that was complete does no harm.
 */
export function withOpenChecksum(packet: Packet): Packet {
  const { inner } = packet;
  if (inner?.hasChecksum !== true) return packet;
  const { protocol, inner: deeper } = inner.frame.packet;
  const mayBeLeft = deeper !== undefined || protocol === PROTOCOL.tcp || protocol === PROTOCOL.udp;
  return mayBeLeft ? { ...packet, inner: { ...inner, isChecksumOpen: true } } : packet;
}

/** Out by a device: what it and those behind it compute is not known, and whoever gets a wrong checksum drops the packet. */
export function followChecksum(walk: Walk, frame: Frame, next: (walk: Walk, frame: Frame) => void): void {
  fork(walk, 'ignorance', [
    {
      label: 'no device computes the checksum inside the tunnel packet that NAT rewrote',
      go: (branch) => {
        branch.packet = settled(branch.packet);
        next(branch, { ...frame, packet: branch.packet });
      },
    },
    {
      label: 'a device computes the checksum inside the tunnel packet that NAT rewrote',
      go: (branch) =>
        end(branch, 'nat-failed', 'NAT left the tunnel packet a wrong UDP checksum, with which no host takes it'),
    },
  ]);
}

function settled(packet: Packet): Packet {
  if (packet.inner === undefined) return packet;
  const { isChecksumOpen: _, ...inner } = packet.inner;
  return { ...packet, inner };
}
