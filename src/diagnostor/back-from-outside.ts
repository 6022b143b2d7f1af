/** What routers outside may do with a packet for an address that no host outside has: lose it, or send it to a node. */
import type { Branch, Ending } from '../model/path.ts';
import { backFromOutside } from '../model/packet-ttl.ts';
import type { Packet } from '../model/packet.ts';
import { OUTSIDE_NODE_MAC } from './from-outside.ts';
import { inCase } from './journey.ts';
import type { Journey } from './journey.ts';
import type { Entry } from './place.ts';
import { finish } from './walk.ts';
import type { Walk } from './walk.ts';

export interface SentBack {
  readonly walk: Walk;
  readonly journey: Journey;
  readonly packet: Packet;
  /** The router that the packet left for. */
  readonly router: string;
  /** The nodes that it may come back to. */
  readonly entries: readonly Entry[];
}

/** Every way; undefined where the packet is lost by each, so that what the outside does is not worth a word. */
export async function waysBack(sent: SentBack, lost: Ending): Promise<readonly Branch[] | undefined> {
  const { walk, journey, packet, router, entries } = sent;
  const id = walk.forkIds.next();
  const option = (index: number, label: string): Journey => ({
    ...inCase(journey, { id, option: index, label }),
    sentBackFor: packet.dst.text,
  });
  const branches: Branch[] = [];
  const forgetLinks = walk.graph.mark();
  for (const [index, { action, dev: entry, mac }] of entries.entries()) {
    const back = option(index + 1, `a router outside sends the packet back to ${action.id}`);
    const link = walk.graph.cross('infra', { node: router }, { node: action.id, dev: entry }, packet);
    branches.push(
      ...(await walk.arrive(
        back,
        { at: action, dev: entry, ingress: link },
        { srcMac: OUTSIDE_NODE_MAC, dstMac: mac, packet: backFromOutside(packet) },
      )),
    );
  }
  if (branches.some((branch) => branch.verdict !== 'unreachable'))
    return [finish(walk, option(0, 'the packet is lost outside'), lost), ...branches];
  forgetLinks();
  return undefined;
}
