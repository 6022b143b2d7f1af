/** Whether the outside and a node know each other's MAC addresses: ARP, or IPv6's questions, which meet the rules. */
import { ip as address, isLinkLocal, sameIP, shareBits } from '../model/address.ts';
import type { IP } from '../model/address.ts';
import type { Frame, Packet } from '../model/packet.ts';
import { programBothWays } from '../netstack/attached/devices.ts';
import { answerOf } from '../netstack/neighbour/answer.ts';
import { barredAtDevice } from '../netstack/neighbour/device-rules.ts';
import { FIXED } from '../netstack/neighbour/entry.ts';
import type { NetNS } from '../netstack/netns.ts';
import type { NetLink } from '../netstack/state.ts';
import { OUTSIDE_MAC } from './ask-link.ts';

/** Where a packet of the outside comes in. */
interface Door {
  readonly ns: NetNS;
  readonly dev: string;
  /** The MAC address that asks. */
  readonly senderMac: string;
}

/** Why the outside may not get an answer; undefined where it does. */
export function silenceTowards(door: Door, packet: Packet): string | undefined {
  const { ns, dev, senderMac } = door;
  const asked = askedOf(door, packet);
  if (asked === undefined) return undefined;
  const attached = programBothWays(ns, dev) ?? programBothWays(ns, asked.link.name);
  if (attached !== undefined) return `${attached.where ?? dev} may drop the answer`;
  for (const sender of asked.senders) {
    const answer = answerOf(ns, asked.link, { ip: asked.ip, sender, senderMac });
    if (answer.kind !== 'yes') return answer.reason;
    for (const each of new Set([dev, asked.link.name])) {
      const barred = barredAtDevice(ns, each, 'ingress', { ip: asked.ip, sender, senderMac })?.(answer.mac);
      if (barred !== undefined) return barred.reason;
    }
  }
  return undefined;
}

/** Whether one more node answers for the address that the outside asks for: any that has it, on whatever device (ARP). */
export function isRival(door: Door, packet: Packet, other: { readonly ns: NetNS; readonly link: NetLink }): boolean {
  if (!other.link.isUp) return false;
  const asked = askedOf(door, packet);
  if (asked === undefined) return false;
  const [sender] = asked.senders;
  // who asks is not known: a router, which the node takes for no martian
  if (sender === undefined) return other.ns.owner(asked.ip) !== undefined;
  return answerOf(other.ns, other.link, { ip: asked.ip, sender, senderMac: door.senderMac }).kind !== 'no';
}

interface Asked {
  readonly link: NetLink;
  readonly ip: IP;
  /** Who asks for it. */
  readonly senders: readonly IP[];
}

function askedOf({ ns, dev }: Door, { family, src, dst }: Packet): Asked | undefined {
  const link = ns.link(ns.link(dev)?.master ?? dev);
  if (link === undefined) return undefined;
  const own = ns.addressesOn(link.name, family);
  const asked = own.find(({ ip }) => ip.text === dst.text) ?? own.find(({ ip }) => !isLinkLocal(ip));
  if (asked === undefined) return undefined;
  const isOnLink = own.some(({ ip, prefixLength }) => shareBits(ip, src, prefixLength));
  // the last router outside asks from an address of its own: that of the link is the same for all in IPv6 alone
  return { link, ip: asked.ip, senders: isOnLink ? [src] : family === 6 ? [src, ROUTER] : [] };
}

/**
 * Whether an answer that leaves for the outside comes to who asked: to him, or to a MAC address that somebody on the
 * node has learned. Whether a router is there that nobody has heard of, or whose MAC address was written down, is not known.
 */
export function leadsToAsker(namespaces: readonly NetNS[], { frame, nextHop }: Sent): boolean {
  if (frame.dstMac === OUTSIDE_MAC) return nextHop !== undefined && sameIP(nextHop, frame.packet.dst);
  return namespaces.some(
    ({ neighbours }) =>
      neighbours.ok &&
      neighbours.value.some(({ mac, state, isProxy }) => mac === frame.dstMac && !isProxy && !FIXED.has(state)),
  );
}

interface Sent {
  readonly frame: Frame;
  readonly nextHop?: IP;
}

/** Stands for any link-local address. */
const ROUTER = address('fe80::1');
