/** geneve_xmit and geneve_rx: a frame goes to the one other end of the device, in UDP, and comes out of the device that knows the sender. */
import type { Encapsulated, Frame, Packet } from '../../model/packet.ts';
import { linksOf } from '../netns.ts';
import type { GeneveKind, NetLink } from '../state.ts';
import { output } from '../walk/output.ts';
import { receiveFrame } from '../walk/receive.ts';
import type { Walk } from '../walk/walk.ts';
import { end, MOST_ROUNDS, note, unknown } from '../walk/walk.ts';
import { frameInUdp } from './frame-in-udp.ts';

export function encapsulateGeneve(walk: Walk, link: NetLink, kind: GeneveKind, frame: Frame): void {
  if (walk.rounds >= MOST_ROUNDS) return end(walk, 'loop', `${link.name} of ${walk.ns.key} wraps its own packets`);
  const { remote, vni } = kind;
  // udp_flow_src_port with the whole range
  const sport = { min: 1, max: 65_535 };
  const outer = frameInUdp(
    { src: remote, dst: remote, sport, dport: kind.port, kind },
    // whether its device makes a checksum is not told by every ip(8)
    { vni, protocol: 'geneve', hasChecksum: true, frame: { ...frame, packet: walk.packet } },
  );
  note(walk, 'tunnel', `${link.name} wraps it for ${remote.text} (VNI ${vni}, port ${kind.port})`, {
    kind: 'link',
    raw: link.raw,
  });
  walk.beginOuter(outer, link.name);
  output(walk, 'chosen-by-route');
}

/** geneve_lookup: the device of the number whose other end is the sender. */
export function receiveGeneve(walk: Walk, inner: Encapsulated): void {
  const { ns, packet } = walk;
  const odd = linksOf(ns).find(
    ({ kind, isUp }) => isUp && kind.kind === 'unsupported' && kind.name.startsWith('geneve'),
  );
  if (odd !== undefined)
    return unknown(walk, 'unknown-device', `${odd.name} of ${ns.key} may take the tunnel packet and is not modelled`, [
      { kind: 'link', raw: odd.raw },
    ]);
  const here = linksOf(ns).filter(
    ({ kind, isUp }) =>
      isUp && kind.kind === 'geneve' && kind.port === packet.dport.min && kind.remote.family === packet.family,
  );
  const evidence = here.map(({ raw }) => ({ kind: 'link' as const, raw }));
  const sender = packet.src.text;
  if (here.length === 0)
    return end(
      walk,
      'connection-refused',
      `${ns.key} has no geneve device that is up on UDP port ${packet.dport.min}`,
      {
        evidence,
        notice: 'timeout',
      },
    );
  const link = here.find(({ kind }) => kind.kind === 'geneve' && kind.vni === inner.vni && kind.remote.text === sender);
  if (link === undefined)
    return end(
      walk,
      'wrong-neighbour',
      `no geneve device of ${ns.key} has VNI ${inner.vni ?? '?'} and remote ${sender}`,
      {
        evidence,
      },
    );
  if (inner.frame.srcMac === link.mac)
    return end(walk, 'loop', `${link.name} of ${ns.key} drops a frame from its own MAC address`, { evidence });
  note(walk, 'tunnel', `${link.name} unwraps it (VNI ${inner.vni ?? '?'}, from ${sender})`, {
    kind: 'link',
    raw: link.raw,
  });
  const unwrapped: Packet = { ...inner.frame.packet, mark: packet.mark };
  walk.beginAnew(unwrapped, false);
  receiveFrame(walk, link.name, { ...inner.frame, packet: unwrapped });
}
