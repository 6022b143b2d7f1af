/** Where a transmitted frame arrives: through the device, or on the network between the nodes. */
import { PROTOCOL, retagged } from '../model/packet.ts';
import type { Branch, Hop } from '../model/path.ts';
import type { Outcome } from '../netstack/walk/index.ts';
import type { NetNodeAction } from '../nodemanager/net-node-action.ts';
import type { UnderlayDevice } from '../nodemanager/net-node-manager.ts';
import { silenceOfKnown } from './forgotten-neighbour.ts';
import { endOf } from './graph.ts';
import { inCase, withHop } from './journey.ts';
import type { Journey } from './journey.ts';
import { toOutside } from './to-outside.ts';
import { finish, hopOf } from './walk.ts';
import type { Arrival, Departure, Visit, Walk } from './walk.ts';

/** Where a frame goes away, and the journey up to there. */
interface Going {
  readonly at: NetNodeAction;
  readonly hop: Hop;
  readonly journey: Journey;
}

export async function transmitted(
  walk: Walk,
  outcome: Outcome & { kind: 'transmit' },
  visit: Visit,
  journey: Journey,
): Promise<readonly Branch[]> {
  const { at } = visit;
  const crossing = walk.nodes.cross(at, outcome.dev, outcome.frame);
  const hop = hopOf(outcome, visit);
  if (crossing.kind === 'unknown') {
    return [
      finish(walk, withHop(journey, hop), {
        node: at.id,
        reason: 'unknown-device',
        message: crossing.reason,
        verdict: 'undetermined',
        evidence: [],
      }),
    ];
  }
  if (crossing.kind === 'lost') {
    return [
      finish(walk, withHop(journey, hop), {
        node: at.id,
        reason: 'dropped',
        message: crossing.reason,
        verdict: 'unreachable',
        evidence: [],
        // the sender's own call may get ENOBUFS, if its socket asks for errors (IP_RECVERR)
        ...(visit.ingress === undefined && outcome.packet.protocol !== PROTOCOL.tcp ? {} : { notice: 'timeout' }),
      }),
    ];
  }
  const frame = retagged(outcome.frame, crossing.vlan);
  if (crossing.kind === 'underlay') return overUnderlay(walk, { ...outcome, frame }, { at, hop }, journey);
  const link = walk.graph.cross(
    crossing.link,
    endOf(at, outcome.dev),
    endOf(crossing.at, crossing.dev),
    outcome.packet,
  );
  const arrival = { at: crossing.at, dev: crossing.dev, ingress: link };
  return arriveByEntry(walk, { ...outcome, frame }, { at, journey, hop: { ...hop, egress: link } }, arrival);
}

/** Arrives, if the neighbour entry that the frame was sent by still is there. */
async function arriveByEntry(
  walk: Walk,
  { frame, nextHop }: Outcome & { kind: 'transmit' },
  { at, journey, hop }: Going,
  arrival: Arrival,
): Promise<readonly Branch[]> {
  // bridges hand on what another has addressed
  const addressed = nextHop === undefined ? journey.addressed : { by: at.id, from: at.ns, nextHop };
  const going: Journey = addressed === undefined ? journey : { ...journey, addressed };
  const silence = addressed && silenceOfKnown({ ...addressed, frame }, { ns: arrival.at.ns, dev: arrival.dev });
  if (silence === undefined) return walk.arrive(withHop(going, hop), arrival, frame);
  const { by, nextHop: to } = addressed!;
  const id = walk.forkIds.next();
  const option = (index: number, label: string): Journey => withHop(inCase(going, { id, option: index, label }), hop);
  return [
    ...(await walk.arrive(option(0, `${by} still knows ${to.text}, though ${silence}`), arrival, frame)),
    finish(walk, option(1, `${by} knows ${to.text} no longer`), {
      node: by,
      reason: 'no-neighbour',
      message: `nobody answers ${by} for ${to.text}: ${silence}`,
      verdict: 'unreachable',
      evidence: [],
    }),
  ];
}

/** The network between the nodes: the destination's MAC address says which node, and the next hop's address whose it should be. */
async function overUnderlay(
  walk: Walk,
  outcome: Outcome & { kind: 'transmit' },
  { at, hop }: Pick<Departure, 'at' | 'hop'>,
  journey: Journey,
): Promise<readonly Branch[]> {
  const { frame, nextHop, packet, dev } = outcome;
  const target = nextHop ?? packet.dst;
  const owner = await walk.nodes.underlayOwner(target);
  const taker =
    owner !== undefined && owner.link.mac === frame.dstMac ? owner : await walk.nodes.underlayDevice(frame.dstMac);
  const bridged =
    taker === undefined || taker.link.kind.kind === 'bridge' ? await walk.nodes.uplinksTo(frame.dstMac) : [];
  const doors = taker === undefined ? [] : walk.nodes.doors(taker);
  const beside = doors.find((each) => each.hears.mac === frame.dstMac);
  const door = bridged.length === 1 && bridged[0]!.at.node !== at.node ? bridged[0] : (beside ?? taker);
  if (door !== undefined && door.at.node !== at.node) return enterBy(walk, door, outcome, { at, hop, journey });
  if (bridged.length > 0 && bridged.every((each) => each.at.node === at.node)) {
    return [
      finish(walk, withHop(journey, hop), {
        node: at.id,
        reason: 'wrong-neighbour',
        message: `${dev} of ${at.id} sends to ${frame.dstMac}, which is behind a bridge of ${at.id} itself: nobody out there takes it`,
        verdict: 'unreachable',
        evidence: [],
      }),
    ];
  }
  // of the device itself, or of one that is not out there: nobody else has its address
  const own = at.ns.link(dev);
  const isOwn = taker !== undefined && taker.at === at && (taker.link === own || taker.link.name === own?.master);
  const elsewhere = isOwn ? { ns: at.ns, link: taker.link } : await walk.nodes.hiddenDevice(frame.dstMac);
  if (elsewhere !== undefined) {
    const { ns, link } = elsewhere;
    return [
      finish(walk, withHop(journey, hop), {
        node: at.id,
        reason: 'wrong-neighbour',
        message: `${at.id} sends to ${frame.dstMac} for ${target.text}, which is the address of ${link.name} of ${ns.key}: nobody on the network between the nodes takes it`,
        verdict: 'unreachable',
        evidence: [{ kind: 'link', raw: link.raw, where: ns.key }],
      }),
    ];
  }
  if (owner !== undefined) {
    const message = `${at.id} sends to ${frame.dstMac} for ${target.text}, but ${owner.at.id} has ${owner.link.mac}; no node that was collected has that address`;
    return [
      finish(walk, withHop(journey, hop), {
        node: at.id,
        reason: 'wrong-neighbour',
        message,
        verdict: 'undetermined',
        evidence: [],
      }),
    ];
  }
  return toOutside(walk, outcome, { at, hop, target }, journey);
}

/** The frame comes in at another node. */
async function enterBy(
  walk: Walk,
  door: UnderlayDevice,
  outcome: Outcome & { kind: 'transmit' },
  { at, hop, journey }: Going,
): Promise<readonly Branch[]> {
  const { dev, frame, packet } = outcome;
  const landing = walk.nodes.land(door, frame);
  if (landing.kind !== 'arrives') {
    const message = landing.kind === 'underlay' ? `nobody takes what comes in by ${door.link.name}` : landing.reason;
    return [
      finish(walk, withHop(journey, hop), {
        node: door.at.id,
        reason: 'unknown-device',
        message,
        verdict: 'undetermined',
        evidence: [],
      }),
    ];
  }
  const link = walk.graph.cross('infra', { node: at.id, dev }, { node: landing.at.id, dev: landing.dev }, packet);
  const arrival = { at: landing.at, dev: landing.dev, ingress: link };
  const landed = { ...outcome, frame: retagged(frame, landing.vlan) };
  return arriveByEntry(walk, landed, { at, journey, hop: { ...hop, egress: link } }, arrival);
}
