/** wg_xmit and wg_packet_consume_data_done: the peer that is allowed an address gets its packets, and may send from it. */
import { contains, sameIP, type IP } from '../../model/address.ts';
import type { Evidence } from '../../model/evidence.ts';
import { NO_MAC, port, PROTOCOL, SYSTEM_TTL, type Encapsulated, type Packet } from '../../model/packet.ts';
import type { WireguardDevice, WireguardPeer } from '../parse/index.ts';
import type { NetLink } from '../state.ts';
import { output } from '../walk/output.ts';
import { receiveFrame } from '../walk/receive.ts';
import type { Walk } from '../walk/walk.ts';
import { end, MOST_ROUNDS, note, unknown, unknownSection } from '../walk/walk.ts';

/** Outer IP and UDP headers, and WireGuard's own with its tag. */
const OVERHEAD = { 4: 20 + 8 + 32, 6: 40 + 8 + 32 } as const;

export function sendByWireguard(walk: Walk, link: NetLink): void {
  const { ns, packet: inner } = walk;
  const devices = ns.wireguard;
  if (!devices.ok) return unknownSection(walk, devices.missing);
  if (walk.rounds >= MOST_ROUNDS) return end(walk, 'loop', `${link.name} of ${ns.key} wraps its own packets`);
  const device = devices.value.find((each) => each.name === link.name);
  const peer = device && peerFor(device, inner.dst);
  if (device === undefined || peer === undefined)
    return refuse(walk, 'ENOKEY', `no peer of ${link.name} in ${ns.key} is allowed ${inner.dst.text}`, link.raw);
  const { endpoint } = peer;
  if (endpoint === undefined)
    return refuse(
      walk,
      'EDESTADDRREQ',
      `the peer of ${link.name} that is allowed ${inner.dst.text} has no endpoint`,
      peer.raw,
    );
  if (device.publicKey === undefined)
    return end(walk, 'dropped', `${link.name} in ${ns.key} has no key`, {
      evidence: [{ kind: 'link', raw: link.raw }],
    });
  const outer: Packet = {
    family: endpoint.ip.family,
    src: endpoint.ip,
    dst: endpoint.ip,
    protocol: PROTOCOL.udp,
    sport: port(device.port),
    dport: port(endpoint.port),
    tcpFlags: 0,
    mark: device.fwmark,
    tos: 0,
    ttl: SYSTEM_TTL,
    length: inner.length + OVERHEAD[endpoint.ip.family],
    df: false,
    inner: {
      keys: { from: device.publicKey, to: peer.publicKey },
      frame: { srcMac: NO_MAC, dstMac: NO_MAC, packet: inner },
    },
  };
  note(
    walk,
    'tunnel',
    `${link.name} wraps it for ${endpoint.ip.text}, port ${endpoint.port} (WireGuard)`,
    evidence(peer.raw),
  );
  walk.beginAnew(outer, true);
  walk.pkttype = 'host';
  output(walk, 'chosen-by-route');
}

/** The sender gets an ICMP error; a call of its own that sends at once gets what the device says. */
function refuse(walk: Walk, errno: 'ENOKEY' | 'EDESTADDRREQ', message: string, raw: string): void {
  const { protocol } = walk.packet;
  const isOwnCall = walk.isLocal && protocol !== PROTOCOL.tcp && protocol !== PROTOCOL.icmpv6;
  end(walk, 'no-route', message, { evidence: [evidence(raw)], notice: isOwnCall ? errno : 'EHOSTUNREACH' });
}

export function receiveWireguard(walk: Walk, inner: Encapsulated, keys: NonNullable<Encapsulated['keys']>): void {
  const { ns, packet: outer } = walk;
  const devices = ns.wireguard;
  if (!devices.ok) return unknownSection(walk, devices.missing);
  const device = devices.value.find((each) => each.port === outer.dport.min && ns.link(each.name)?.isUp === true);
  if (device === undefined)
    return end(
      walk,
      'connection-refused',
      `${ns.key} has no WireGuard device that is up on UDP port ${outer.dport.min}`,
      {
        notice: 'timeout',
      },
    );
  const drop = (message: string, raw: string): void => end(walk, 'dropped', message, { evidence: [evidence(raw)] });
  const peer = device.peers.find((each) => each.publicKey === keys.from);
  if (device.publicKey !== keys.to)
    return drop(`${device.name} of ${ns.key} has another key than the sender knows`, device.raw);
  if (peer === undefined) return drop(`${device.name} of ${ns.key} has no peer with the sender's key`, device.raw);
  const { packet } = inner.frame;
  if (peerFor(device, packet.src) !== peer)
    return drop(`${device.name} of ${ns.key} does not allow its peer to send from ${packet.src.text}`, peer.raw);
  const doubt = whyUnsure(walk, peer);
  if (doubt !== undefined) return unknown(walk, 'unknown-device', doubt, [evidence(peer.raw)]);
  note(walk, 'tunnel', `${device.name} unwraps it (from ${outer.src.text})`, evidence(peer.raw));
  const unwrapped: Packet = { ...packet, mark: 0 };
  walk.beginAnew(unwrapped, false);
  receiveFrame(walk, device.name, { srcMac: NO_MAC, dstMac: '', packet: unwrapped });
}

/** allowedips: the longest prefix of all peers decides. */
function peerFor(device: WireguardDevice, ip: IP): WireguardPeer | undefined {
  const fitting = device.peers.flatMap((peer) =>
    peer.allowed.filter((prefix) => contains(prefix, ip)).map((prefix) => ({ peer, length: prefix.length })),
  );
  return fitting.toSorted((x, y) => y.length - x.length)[0]?.peer;
}

/** A device answers to where it heard its peer last; the dump says where that was before this packet. */
function whyUnsure(
  { ns, packet }: Walk,
  { endpoint, hasPresharedKey, hasShakenHands }: WireguardPeer,
): string | undefined {
  if (hasPresharedKey && !hasShakenHands) return `whether both ends have one preshared key is not known`;
  const isKnown =
    endpoint !== undefined &&
    sameIP(endpoint.ip, packet.src) &&
    endpoint.port === packet.sport.min &&
    packet.sport.min === packet.sport.max;
  return isKnown
    ? undefined
    : `${ns.key} answers its peer at an address that it has still to learn, which is not followed`;
}

const evidence = (raw: string): Evidence => ({ kind: 'link', raw });
