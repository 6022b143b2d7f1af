/** Address translation: sets up a connection's mapping from a rule's request, and applies mappings to packets. */
import type { IP } from '../../model/address.ts';
import { addOffset, compareIP, fromWords, maskTo, sameIP } from '../../model/address.ts';
import type { Packet, PortRange } from '../../model/packet.ts';
import { PROTOCOL, port } from '../../model/packet.ts';
import type { NatRequest } from '../netfilter/types.ts';
import type { Connection, Direction } from './connection.ts';
import { covers, holds } from './connection.ts';

/** What a nat rule needs to know of the namespace: the addresses that MASQUERADE and REDIRECT take. */
export interface NatAddresses {
  /** Address for MASQUERADE out of `oif` towards the next hop. */
  readonly masquerade?: IP;
  /** Address for REDIRECT. */
  readonly redirect?: IP;
}

export type NatResult =
  | { readonly kind: 'set'; readonly options: readonly Connection[] }
  /** No usable address: the kernel drops the packet. */
  | { readonly kind: 'drop'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string };

/** More addresses than this in one rule are not followed one by one. */
const MOST_ADDRESSES = 16;

/** Binds the connection as the rule asks. Several options where the rule names a range: the kernel's hash picks. */
export function setUpNat(connection: Connection, request: NatRequest, addresses: NatAddresses): NatResult {
  const current = request.manip === 'src' ? connection.reply.dst : connection.reply.src;
  const choices = addressChoices(request, current, addresses);
  if (choices.kind !== 'addresses') return choices;
  return { kind: 'set', options: choices.list.map((address) => bind(connection, request, address)) };
}

/** A connection that no rule translates gets a null binding: it is never asked again. */
export function nullBinding(connection: Connection, manip: 'src' | 'dst'): Connection {
  return manip === 'src' ? { ...connection, srcDone: true } : { ...connection, dstDone: true };
}

/**
 * Rewrites the packet at a hook (nf_nat_packet): original packets get what was set up, replies get it undone.
 * `manip` is what the hook may change: the destination in prerouting and output, the source in postrouting and input.
 */
export function applyNat(connection: Connection, direction: Direction, manip: 'src' | 'dst', packet: Packet): Packet {
  if (packet.quoted !== undefined)
    return applyToError(connection, direction, manip, { ...packet, quoted: packet.quoted });
  const isOriginal = direction === 'original';
  if (manip === 'dst') {
    if (isOriginal ? !connection.isDnat : !connection.isSnat) return packet;
    const target = isOriginal ? connection.reply : connection.original;
    const expected = isOriginal ? connection.original.dport : connection.reply.dport;
    return { ...packet, dst: target.src, dport: narrowed(expected, target.sport, packet.dport) };
  }
  if (isOriginal ? !connection.isSnat : !connection.isDnat) return packet;
  const target = isOriginal ? connection.reply : connection.original;
  const expected = isOriginal ? connection.original.sport : connection.reply.sport;
  return { ...packet, src: target.dst, sport: narrowed(expected, target.dport, packet.sport) };
}

/**
 * nf_nat_icmp_reply_translation: an ICMP error gets the addresses that an answer would get, and so does the packet
 * that it quotes, mirrored.
 */
function applyToError(
  connection: Connection,
  direction: Direction,
  manip: 'src' | 'dst',
  packet: Packet & { readonly quoted: Packet },
): Packet {
  const { quoted } = packet;
  const isOriginal = direction === 'original';
  const target = isOriginal ? connection.reply : connection.original;
  if (manip === 'dst') {
    if (isOriginal ? !connection.isDnat : !connection.isSnat) return packet;
    return { ...packet, dst: target.src, quoted: { ...quoted, src: target.src, sport: target.sport } };
  }
  if (isOriginal ? !connection.isSnat : !connection.isDnat) return packet;
  return { ...packet, src: target.dst, quoted: { ...quoted, dst: target.dst, dport: target.dport } };
}

function bind(connection: Connection, request: NatRequest, address: IP): Connection {
  if (request.manip === 'src') {
    const dport = sourcePort(connection, request);
    return { ...connection, reply: { ...connection.reply, dst: address, dport }, isSnat: true, srcDone: true };
  }
  const sport =
    request.ports === undefined ? connection.reply.sport : destinationPort(connection, request, request.ports);
  return { ...connection, reply: { ...connection.reply, src: address, sport }, isDnat: true, dstDone: true };
}

function addressChoices(
  request: NatRequest,
  current: IP,
  addresses: NatAddresses,
): { readonly kind: 'addresses'; readonly list: readonly IP[] } | Exclude<NatResult, { kind: 'set' }> {
  if (request.how === 'MASQUERADE')
    return one(addresses.masquerade, 'no address for MASQUERADE on the egress interface');
  if (request.how === 'REDIRECT') return one(addresses.redirect, 'no address for REDIRECT on the ingress interface');
  const { first, last } = request;
  if (first === undefined || last === undefined) return { kind: 'addresses', list: [current] };
  if (request.how === 'NETMAP') {
    return { kind: 'addresses', list: [netmap(current, first, request.prefixLength ?? 0)] };
  }
  if (first === last || sameIP(first, last)) return { kind: 'addresses', list: [first] };
  const list: IP[] = [];
  for (let next = first; compareIP(next, last) <= 0; next = addOffset(next, 1)) {
    if (list.length === MOST_ADDRESSES)
      return { kind: 'unknown', reason: `a range of more than ${MOST_ADDRESSES} addresses` };
    list.push(next);
  }
  return { kind: 'addresses', list };
}

function one(address: IP | undefined, reason: string): ReturnType<typeof addressChoices> {
  return address === undefined ? { kind: 'drop', reason } : { kind: 'addresses', list: [address] };
}

/** The network part of `net`, the host part of the address (xt_NETMAP). */
function netmap(address: IP, net: IP, length: number): IP {
  const host = maskTo(address, length);
  const base = maskTo(net, length);
  return fromWords(address.family, [
    base.a | (address.a ^ host.a),
    base.b | (address.b ^ host.b),
    base.c | (address.c ^ host.c),
    base.d | (address.d ^ host.d),
  ]);
}

/**
 * Without a range of its own the port is kept when it is free, else chosen from its class (nf_nat_core.c);
 * `--random-fully` never keeps it.
 */
function sourcePort(connection: Connection, request: NatRequest): PortRange {
  const present = connection.reply.dport;
  // of an echo it is the identifier
  if (isEcho(connection.original.protocol)) return request.random === 'no' ? present : { min: 0, max: 65_535 };
  if (!hasPorts(connection.original.protocol)) return present;
  if (request.ports !== undefined) {
    return request.random === 'no' && holds(request.ports, present) ? present : request.ports;
  }
  return request.random === 'no' ? present : classOf(present);
}

/** nf_nat_l4proto_unique_tuple. */
function classOf(present: PortRange): PortRange {
  if (present.max < 512) return { min: 1, max: 511 };
  if (present.max < 1024) return { min: 600, max: 1023 };
  return { min: 1024, max: 65535 };
}

/**
 * get_unique_tuple: where answers to the source port would be taken for packets of another connection, it becomes
 * another port of its class (or of the rule's own). An answer that comes back from elsewhere with NAT undone is such a one.
 */
export function withPortOfItsOwn(
  connection: Connection,
  { connections, index }: { readonly connections: readonly Connection[]; readonly index: number },
  ports?: PortRange,
): Connection {
  const { reply, zone, original } = connection;
  if (connections.length === 1 || !hasPorts(original.protocol)) return connection;
  const isTaken = connections.some(
    (other, at) => at !== index && other.zone === zone && (covers(other.original, reply) || covers(other.reply, reply)),
  );
  if (!isTaken) return connection;
  return { ...connection, reply: { ...reply, dport: ports ?? classOf(reply.dport) }, isSnat: true };
}

function destinationPort(connection: Connection, request: NatRequest, ports: PortRange): PortRange {
  const asked = connection.original.dport;
  if (request.basePort !== undefined && asked.min === asked.max) {
    return port(
      ports.min +
        ((((asked.min - request.basePort) % (ports.max - ports.min + 1)) + (ports.max - ports.min + 1)) %
          (ports.max - ports.min + 1)),
    );
  }
  if (request.random === 'no' && holds(ports, connection.reply.sport) && ports.min !== ports.max)
    return connection.reply.sport;
  return ports;
}

function isEcho(protocol: number): boolean {
  return protocol === PROTOCOL.icmp || protocol === PROTOCOL.icmpv6;
}

function hasPorts(protocol: number): boolean {
  return (
    protocol === PROTOCOL.tcp ||
    protocol === PROTOCOL.udp ||
    protocol === PROTOCOL.sctp ||
    protocol === PROTOCOL.udplite
  );
}

/** A range that NAT leaves alone stays as narrow as the packet has it. */
function narrowed(before: PortRange, after: PortRange, present: PortRange): PortRange {
  return before.min === after.min && before.max === after.max && holds(after, present) ? present : after;
}

/** REDIRECT in OUTPUT goes to loopback, in PREROUTING to the ingress interface's address. */
export function redirectAddress(hook: 'output' | 'prerouting', packet: Packet, ingress: readonly IP[]): IP | undefined {
  if (hook === 'output') return packet.family === 4 ? fromWords(4, [0x7f000001, 0, 0, 0]) : fromWords(6, [0, 0, 0, 1]);
  return ingress.find((address) => address.family === packet.family);
}
