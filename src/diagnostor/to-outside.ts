/** What becomes of a packet that leaves what was collected: it is an answer to who asks, goes to a node that was not seen, or gets lost. */
import { formatHostPort, sameIP } from '../model/address.ts';
import { formatPorts, PROTOCOL } from '../model/packet.ts';
import { backFromOutside } from '../model/packet-ttl.ts';
import type { Branch, Ending } from '../model/path.ts';
import { answers } from '../netstack/conntrack/connection.ts';
import type { Outcome } from '../netstack/walk/index.ts';
import { continueAsClient } from './conversation.ts';
import { OUTSIDE_NODE_MAC } from './from-outside.ts';
import { inCase, inPhase, isAnswer, knowing, withHop } from './journey.ts';
import type { Journey } from './journey.ts';
import { leadsToAsker } from './outside-neighbour.ts';
import { awaitedByClient, finish } from './walk.ts';
import type { Departure, Walk } from './walk.ts';

export async function toOutside(
  walk: Walk,
  outcome: Outcome & { kind: 'transmit' },
  { at, hop, target }: Departure,
  journey: Journey,
): Promise<readonly Branch[]> {
  const { packet, dev } = outcome;
  const unseen = await walk.nodes.unseenNodeAt(target);
  const link = walk.graph.cross('infra', { node: at.id, dev }, { node: unseen ?? target.text }, packet);
  const left = withHop(journey, { ...hop, egress: link });
  if (unseen !== undefined) {
    const { text, ...more } = walk.nodes.notCollected(unseen);
    return [
      finish(walk, left, {
        node: unseen,
        reason: 'unknown-state',
        message: `the packet leaves ${at.id} by ${dev} to ${target.text}, the node ${unseen}, which ${text}`,
        verdict: 'undetermined',
        evidence: [],
        ...more,
      }),
    ];
  }
  const isForAsker =
    isAnswer(journey.phase) && walk.source.kind === 'outside' && sameIP(packet.dst, walk.question.src.ip);
  if (!isForAsker || !leadsToAsker([at.ns, ...at.node.namespaces], outcome)) {
    if (walk.surroundings.isClusterAddress(packet.dst))
      return clusterAddressOutside(walk, left, { at, hop, target }, outcome);
    return [
      finish(walk, left, {
        node: target.text,
        reason: 'outside',
        message: `the packet leaves ${at.id} by ${dev} to ${target.text}; what happens there was not collected`,
        verdict: 'undetermined',
        evidence: [],
      }),
    ];
  }
  const wanted = awaitedByClient(journey);
  if (!answers(wanted, packet)) {
    const message = `the answer reaches ${packet.dst.text} from ${formatHostPort(packet.src, formatPorts(packet.sport))}, but the client asked ${formatHostPort(wanted.src, formatPorts(wanted.sport))}`;
    return [
      finish(walk, left, {
        node: packet.dst.text,
        reason: 'nat-failed',
        message,
        verdict: 'unreachable',
        evidence: [],
        notice: 'timeout',
      }),
    ];
  }
  const arrived = withHop(left, {
    node: packet.dst.text,
    nodeType: 'external',
    action: 'serve',
    packet,
    ingress: link,
    steps: [],
  });
  if (packet.protocol === PROTOCOL.tcp && journey.phase === 'reply' && journey.isError !== true) {
    return continueAsClient(walk, inPhase(knowing(arrived, packet.mss), 'established'));
  }
  return [
    finish(walk, arrived, {
      node: packet.dst.text,
      reason: 'ok',
      message: `${packet.dst.text} takes the answer`,
      verdict: 'reachable',
      evidence: [],
    }),
  ];
}

/**
 * No host outside has a cluster address. A router there either drops the packet or sends it back to some node, whose
 * rules may know it; a packet that leaves for the second time is lost for good. Whether the sender is told of it is the
 * router's affair: one that sends it in a circle until its TTL has passed gives EHOSTUNREACH, one that drops it nothing.
 */
async function clusterAddressOutside(
  walk: Walk,
  journey: Journey,
  { at, target }: Departure,
  { dev, packet }: Outcome & { kind: 'transmit' },
): Promise<readonly Branch[]> {
  const message = `${at.id} does not translate ${formatHostPort(packet.dst, formatPorts(packet.dport))} and sends it out by ${dev} to ${target.text}, where nobody has a cluster address`;
  const lost: Ending = { node: at.id, reason: 'no-host', message, verdict: 'unreachable', evidence: [] };
  if (journey.isBackFromOutside === true || packet.inner !== undefined) return [finish(walk, journey, lost)];
  const id = walk.forkIds.next();
  const option = (index: number, label: string): Journey => ({
    ...inCase(journey, { id, option: index, label }),
    isBackFromOutside: true,
  });
  const branches: Branch[] = [];
  const forgetLinks = walk.graph.mark();
  for (const [index, { action, dev: entry, mac }] of (await walk.surroundings.entries(packet.family)).entries()) {
    const back = option(index + 1, `a router outside sends the packet back to ${action.id}`);
    const link = walk.graph.cross('infra', { node: target.text }, { node: action.id, dev: entry }, packet);
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
  // Lost whatever the outside does: what it might do is not worth a word.
  forgetLinks();
  return [finish(walk, journey, lost)];
}
