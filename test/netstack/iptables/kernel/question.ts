/** Turns a packet on the lab's cable into what the evaluator is asked at a hook of the far end. */
import type { Family, IP } from '../../../../src/model/address.ts';
import { contains, ip, isBroadcast, isLoopback, isMulticast, prefix } from '../../../../src/model/address.ts';
import { forkIds } from '../../../../src/model/fork.ts';
import type { Packet } from '../../../../src/model/packet.ts';
import { port } from '../../../../src/model/packet.ts';
import type { Hook } from '../../../../src/model/step.ts';
import type { IpSets } from '../../../../src/netstack/ipset/index.ts';
import { testSet } from '../../../../src/netstack/ipset/index.ts';
import type { AddressType, NetfilterEnv, NetfilterInput } from '../../../../src/netstack/netfilter/types.ts';
import { ADDRESS, MAC } from './lab.ts';
import type { WirePacket } from './lab.ts';

export function packetOf(wire: WirePacket): Packet {
  const transport =
    wire.protocol === 6
      ? 24
      : wire.protocol === 17 || wire.protocol === 136 || wire.protocol === 1 || wire.protocol === 58
        ? 8
        : 0;
  return {
    family: wire.family,
    src: ip(wire.src),
    dst: ip(wire.dst),
    protocol: wire.protocol,
    sport: port(wire.sport ?? 0),
    dport: port(wire.dport ?? 0),
    ...(wire.icmpType !== undefined && { icmpType: wire.icmpType, icmpCode: wire.icmpCode ?? 0 }),
    tcpFlags: wire.flags ?? 0,
    mark: 0,
    tos: wire.tos,
    ttl: wire.ttl,
    length: (wire.family === 4 ? 20 : 40) + transport + wire.payload,
    df: true,
    ...(wire.protocol === 6 && { mss: 1460 }),
  };
}

const LOCAL: Record<Family, readonly string[]> = { 4: [ADDRESS[4].far, '10.98.0.1'], 6: [ADDRESS[6].far, 'fd98::1'] };
const NETS: Record<Family, readonly string[]> = { 4: ['10.99.0.0/24', '10.98.0.0/24'], 6: ['fd99::/64', 'fd98::/64'] };

/** The far end's routing, in a few lines: two connected networks. */
function addressType(address: IP, dev?: string): AddressType {
  const on = (i: number): boolean => dev === undefined || dev === (i === 0 ? 'eth7' : 'eth8');
  const local = LOCAL[address.family].indexOf(address.text);
  if (local >= 0) return on(local) ? 'LOCAL' : 'UNICAST';
  if (isLoopback(address)) return 'LOCAL';
  if (isMulticast(address)) return 'MULTICAST';
  if (address.text === '10.99.0.255' ? on(0) : address.text === '10.98.0.255' ? on(1) : isBroadcast(address))
    return 'BROADCAST';
  if (address.family === 6) return NETS[6].some((net) => contains(prefix(net), address)) ? 'UNICAST' : 'UNREACHABLE';
  return 'UNICAST';
}

export function environmentOf(sets: IpSets | undefined): NetfilterEnv {
  return {
    now: Math.floor(Date.now() / 1000),
    addressType,
    hasReversePath(packet, iif, { loose }) {
      const net = NETS[packet.family].findIndex((text) => contains(prefix(text), packet.src));
      return net >= 0 && (loose || iif === (net === 0 ? 'eth7' : 'eth8'));
    },
    deviceGroup: () => 0,
    hasIpsecPolicy: () => false,
    deviceTo(address) {
      if (LOCAL[address.family].includes(address.text)) return '';
      const net = NETS[address.family].findIndex((text) => contains(prefix(text), address));
      return net < 0 ? '' : net === 0 ? 'eth7' : 'eth8';
    },
    hasSocket: () => false,
    testSet: (name, query) => (sets === undefined ? undefined : testSet(sets, name, query)),
  };
}

export function questionOf(wire: WirePacket, hook: Hook, sets?: IpSets): NetfilterInput {
  const isForwarded = hook === 'forward' || hook === 'postrouting';
  // The router takes one off before the forward hook (ip_forward, ip6_forward).
  const packet = packetOf(isForwarded ? { ...wire, ttl: wire.ttl - 1 } : wire);
  const tuple = {
    src: packet.src,
    dst: packet.dst,
    protocol: packet.protocol,
    sport: packet.sport,
    dport: packet.dport,
  };
  const reply = { ...tuple, src: packet.dst, dst: packet.src, sport: packet.dport, dport: packet.sport };
  const isMulti = isMulticast(packet.dst);
  return {
    hook,
    family: packet.family,
    packet,
    meta: {
      iif: 'eth7',
      ...(isForwarded && { oif: 'eth8' }),
      isBridged: false,
      srcMac: MAC.near,
      pkttype: isMulti ? 'multicast' : 'host',
      isLocal: false,
    },
    ct: { state: 'NEW', direction: 'original', original: tuple, reply, isSnat: false, isDnat: false, mark: 0, zone: 0 },
    env: environmentOf(sets),
    forkIds: forkIds(),
    assumed: new Map(),
  };
}
