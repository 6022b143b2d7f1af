/** Whether a neighbour entry that was learned lasts: one whose owner gives no answer is good until it is to be confirmed. */
import { isLinkLocal } from '../model/address.ts';
import type { IP } from '../model/address.ts';
import type { Frame } from '../model/packet.ts';
import { answerOf } from '../netstack/neighbour/answer.ts';
import { FIXED } from '../netstack/neighbour/entry.ts';
import type { NetNS } from '../netstack/netns.ts';

interface Sent {
  readonly from: NetNS;
  readonly frame: Frame;
  /** Whose MAC address the frame is sent to. */
  readonly nextHop: IP | undefined;
}

/** Why the owner of the address would not answer; undefined where he would, or need not. */
export function silenceOfKnown(
  { from, frame, nextHop }: Sent,
  to: { readonly ns: NetNS; readonly dev: string },
): string | undefined {
  const { neighbours, router } = from;
  // a frame with a tag is for a device on top of the one that it comes in by
  if (nextHop === undefined || frame.vlan !== undefined || !neighbours.ok || !router.ok) return undefined;
  const link = to.ns.link(to.ns.link(to.dev)?.master ?? to.dev);
  if (link === undefined || link.mac !== frame.dstMac) return undefined;
  const entry = from.neighboursAt(nextHop).find((each) => !FIXED.has(each.state) && each.mac === frame.dstMac);
  if (entry === undefined) return undefined;
  const { src } = frame.packet;
  const own = src.family === nextHop.family ? from.owner(src) : undefined;
  const sender =
    own !== undefined && (nextHop.family === 4 || own.dev === entry.dev)
      ? src
      : nextHop.family === 4
        ? router.value.interfaceAddress(4, entry.dev, nextHop)
        : from.addressesOn(entry.dev, 6).find(({ ip }) => isLinkLocal(ip))?.ip;
  if (sender === undefined) return undefined;
  const answer = answerOf(to.ns, link, { ip: nextHop, sender, senderMac: frame.srcMac });
  return answer.kind === 'no' || answer.kind === 'barred' ? answer.reason : undefined;
}
