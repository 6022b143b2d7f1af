/** Whether a node's rules let the outside find the node on the link: IPv6 asks for it by packets that meet the rules. */
import type { IP } from '../model/address.ts';
import { ip as address, isLinkLocal, shareBits } from '../model/address.ts';
import type { Packet } from '../model/packet.ts';
import { barredAtAsked } from '../netstack/neighbour/discovery.ts';
import type { NetNS } from '../netstack/netns.ts';

/** Where a packet of the outside comes in. */
interface Door {
  readonly ns: NetNS;
  readonly dev: string;
  /** The MAC address that asks. */
  readonly senderMac: string;
}

/** What may keep the outside from sending a packet there at all; undefined where nothing does. */
export function barredFromOutside({ ns, dev, senderMac }: Door, { family, src, dst }: Packet): string | undefined {
  if (family === 4) return undefined;
  const on = ns.link(dev)?.master ?? dev;
  const own = ns.addressesOn(on, 6);
  const asked = own.find(({ ip }) => ip.text === dst.text) ?? own.find(({ ip }) => !isLinkLocal(ip));
  if (asked === undefined) return undefined;
  const isOnLink = own.some(({ ip, prefixLength }) => shareBits(ip, src, prefixLength));
  const senders: readonly IP[] = isOnLink ? [src] : [src, ROUTER];
  for (const sender of senders) {
    const barred = barredAtAsked(ns, on, { ip: asked.ip, sender, senderMac });
    if (barred !== undefined) return barred.reason;
  }
  return undefined;
}

/** Stands for the outside's last router, which asks from its link-local address. */
const ROUTER = address('fe80::1');
