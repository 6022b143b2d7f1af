/** How a packet of the outside comes in: by which node, and whether the outside knows that node. */
import type { Packet } from '../model/packet.ts';
import { fromOutside } from '../model/packet-ttl.ts';
import type { Branch } from '../model/path.ts';
import { step } from '../model/step.ts';
import { entranceOf, tagged } from '../nodemanager/stacked.ts';
import { inCase, withHop } from './journey.ts';
import type { Journey } from './journey.ts';
import { isRival, silenceTowards } from './outside-neighbour.ts';
import type { Entry } from './place.ts';
import { finish } from './walk.ts';
import type { Walk } from './walk.ts';

export const OUTSIDE_NODE_MAC = '02:00:00:00:00:01';

/** A packet of the outside comes in by one of the nodes; which of them takes it is up to the network outside. */
export async function enter(
  walk: Walk,
  journey: Journey,
  packet: Packet,
  entries: readonly Entry[],
): Promise<readonly Branch[]> {
  const id = entries.length > 1 ? walk.forkIds.next() : 0;
  const branches: Branch[] = [];
  for (const [option, { action, dev, mac }] of entries.entries()) {
    const forked: Journey =
      entries.length === 1 ? journey : inCase(journey, { id, option, label: `the packet comes in by ${action.id}` });
    const outside = walk.question.src.ip.text;
    const link = walk.graph.cross('infra', { node: outside }, { node: action.id, dev }, packet);
    const first: Journey = withHop(
      { ...forked, origin: forked.origin ?? packet },
      {
        node: outside,
        nodeType: 'external',
        action: 'send',
        packet,
        egress: link,
        steps: [step('note', `sent to ${action.id}`)],
      },
    );
    const silence = silenceTowards({ ns: action.ns, dev, senderMac: OUTSIDE_NODE_MAC }, packet);
    // what is attached to the device below, or to a slave of a bond, sees it first
    const hears = action.ns.link(dev);
    const wire = hears && entranceOf(action.ns, hears);
    const { arriving, lost } = silence === undefined ? { arriving: first } : mayBeLost(walk, first, action.id, silence);
    branches.push(
      ...(await walk.arrive(
        arriving,
        { at: action, dev: wire?.link.name ?? dev, ingress: link },
        { srcMac: OUTSIDE_NODE_MAC, dstMac: mac, packet: fromOutside(packet), ...tagged(wire?.vlan) },
      )),
      ...(lost === undefined ? [] : [lost]),
    );
  }
  return branches;
}

/** The nodes that the outside sends to, and those that may get the packet in their place. */
export async function takersOf(walk: Walk, entries: readonly Entry[], packet: Packet): Promise<readonly Entry[]> {
  const rivals = await Promise.all(entries.map((entry) => rivalsOf(walk, entry, packet)));
  return [...entries, ...rivals.flat().filter(({ action }) => !entries.some((entry) => entry.action === action))];
}

/** Other nodes that answer for the entry's address: who is first gets the packet. */
async function rivalsOf(walk: Walk, { action, dev }: Entry, packet: Packet): Promise<readonly Entry[]> {
  // neighbour discovery answers for the device's own addresses alone
  if (packet.family === 6) return [];
  const door = { ns: action.ns, dev, senderMac: OUTSIDE_NODE_MAC };
  const [bare, bridged] = [await walk.nodes.unbridgedUplinks(), await walk.nodes.bridgedUplinks()];
  const others = [
    ...bare.map(({ at, link, hears }) => ({ at, link, hears })),
    ...bridged.map(({ at, link }) => ({ at, link, hears: at.ns.link(link.master ?? link.name) ?? link })),
  ];
  return others
    .filter(({ at, hears }) => at.node !== action.node && isRival(door, packet, { ns: at.ns, link: hears }))
    .map(({ at, link, hears }) => ({ action: at, dev: link.name, mac: hears.mac }));
}

/** The outside may know the node's MAC address by other means, or not. */
function mayBeLost(
  walk: Walk,
  journey: Journey,
  node: string,
  reason: string,
): { readonly arriving: Journey; readonly lost: Branch } {
  const id = walk.forkIds.next();
  const option = (index: number, label: string): Journey => inCase(journey, { id, option: index, label });
  const outside = walk.question.src.ip.text;
  const lost = finish(walk, option(1, `${outside} does not know the MAC address of ${node}`), {
    node: outside,
    reason: 'no-neighbour',
    message: `${outside} gets no answer when it asks for ${node}: ${reason}`,
    verdict: 'unreachable',
    evidence: [],
  });
  return { arriving: option(0, `the outside knows ${node}, though ${reason}`), lost };
}
