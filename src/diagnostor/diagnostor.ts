/** Walks a packet from node to node until every branch has ended: Send on the source, then Receive on each node that it reaches. */
import type { Family, IP } from '../model/address.ts';
import { formatHostPort, isUnspecified, parseIP, sameIP } from '../model/address.ts';
import { assertNever } from '../model/assert-never.ts';
import type { Question } from '../model/endpoint.ts';
import { forkIds, type ForkIds } from '../model/fork.ts';
import type { Frame, Packet } from '../model/packet.ts';
import { formatPorts, PROTOCOL, retagged } from '../model/packet.ts';
import { backFromOutside, fromOutside } from '../model/packet-ttl.ts';
import type { Branch, Ending, Hop, Link } from '../model/path.ts';
import { step } from '../model/step.ts';
import type { Tuple } from '../model/flow.ts';
import { answers, invert, tupleOf } from '../netstack/conntrack/connection.ts';
import type { ListeningSocket } from '../netstack/state.ts';
import type { Luggage, Outcome } from '../netstack/walk/index.ts';
import type { NetNodeAction } from '../nodemanager/net-node-action.ts';
import type { NetNodeManager, UnderlayDevice } from '../nodemanager/net-node-manager.ts';
import { silenceOfKnown } from './forgotten-neighbour.ts';
import { isRival, leadsToAsker, silenceTowards } from './outside-neighbour.ts';
import { askLink, type LinkAnswers } from './ask-link.ts';
import { branchOf } from './branch.ts';
import { errorAbout, firstPacket, followUp, replyTo, resetFor } from './first-packet.ts';
import { endOf, PathGraph } from './graph.ts';
import { beforeHandshake, inCase, inPhase, isAnswer, START, withHop, type Journey } from './journey.ts';
import { isEndless, isLoop, placeOf, visit } from './rounds.ts';
import { clampsSegments, isTooLarge, segmentOf, withSmaller } from './segment.ts';

/** Where a question's end is in the network. */
export type Place =
  | { readonly kind: 'node'; readonly action: NetNodeAction }
  /** Outside of the cluster: packets of it come in by the underlay of these nodes (one of them; which is not known). */
  | { readonly kind: 'outside'; readonly entries: readonly Entry[] }
  | { readonly kind: 'unknown'; readonly reason: string; readonly remedy?: string };

export interface Entry {
  readonly action: NetNodeAction;
  /** Device that faces the underlay. */
  readonly dev: string;
  /** The MAC address that frames for the node are sent to. */
  readonly mac: string;
}

export interface Walked {
  readonly branches: readonly Branch[];
  readonly links: ReadonlyMap<string, Link>;
  /** Every node that a branch came to. */
  readonly visited: ReadonlySet<NetNodeAction>;
  /** Every address that the packet was sent to, before and after its translation, whether it came there or not. */
  readonly addressed: ReadonlyMap<string, IP>;
}

/** What is known of the world between and outside of the nodes. */
export interface Surroundings {
  /** Whether the address is a service's cluster address, which no host has: it lives in the nodes' rules alone. */
  isClusterAddress(ip: IP): boolean;
  /** Every node that traffic of this family may come in by. */
  entries(family: Family): Promise<readonly Entry[]>;
}

export interface WalkOptions {
  /** Whole IP packet in bytes; of TCP, of those with data. */
  readonly size?: number;
}

/** An error that goes back. */
interface Told {
  readonly packet: Packet;
  readonly source: 'given' | 'chosen-by-route';
  readonly vrf: string | undefined;
}

/** Where a frame comes in, by which link. */
interface Arrival {
  readonly at: NetNodeAction;
  readonly dev: string;
  readonly ingress: string;
}

/** Where a packet leaves what was collected: the hop that it leaves from and the next hop that it goes to. */
interface Departure {
  readonly at: NetNodeAction;
  readonly hop: Hop;
  readonly target: IP;
}

type Forks = Outcome['forks'];

/** Where one stay of a packet in one namespace began. */
interface Visit {
  readonly at: NetNodeAction;
  readonly packet: Packet;
  readonly ingress?: string;
  readonly journey: Journey;
}

/** More branches than this are not followed: the verdict is undetermined and says so. */
const MOST_BRANCHES = 2000;
const OUTSIDE_NODE_MAC = '02:00:00:00:00:01';

export class Diagnostor {
  readonly #nodes: NetNodeManager;
  readonly #surroundings: Surroundings;
  #question!: Question;
  #source!: Place;
  #forkIds: ForkIds = forkIds();
  #branches = 0;
  #start: Journey = START;
  readonly #graph = new PathGraph();

  constructor(nodes: NetNodeManager, surroundings: Surroundings) {
    this.#nodes = nodes;
    this.#surroundings = surroundings;
  }

  /** Walks one question; a Diagnostor is made for each. */
  async walk(question: Question, source: Place, options: WalkOptions = {}): Promise<Walked> {
    this.#question = question;
    this.#source = source;
    const branches = await this.#begin(question, source, options);
    const { links, visited, addressed } = this.#graph;
    return { branches, links, visited, addressed };
  }

  async #begin(question: Question, source: Place, options: WalkOptions): Promise<readonly Branch[]> {
    const { size } = options;
    // a connection begins small, whatever it carries later
    const isStream = question.protocol === 'tcp';
    if (isStream && size !== undefined) this.#start = { ...START, segment: { client: size, server: size } };
    const ask = {
      dst: question.dst.ip,
      protocol: question.protocol,
      port: question.port,
      ...(size === undefined || isStream ? {} : { size }),
    };
    if (source.kind === 'unknown') {
      return [
        this.#finish(START, {
          node: question.src.id,
          reason: 'unknown-state',
          message: source.reason,
          verdict: 'undetermined',
          evidence: [],
          ...(source.remedy === undefined ? {} : { remedy: source.remedy }),
        }),
      ];
    }
    if (source.kind === 'outside') {
      const packet = firstPacket({ ...ask, src: question.src.ip });
      return this.#enter(this.#start, packet, await this.#takers(source.entries, packet));
    }
    const { action } = source;
    const portRange = action.ns.sysctl('ipv4/ip_local_port_range');
    const packet = firstPacket({ ...ask, ...(portRange === undefined ? {} : { portRange }), src: question.src.ip });
    this.#graph.visited.add(action);
    const outcomes = action.send(packet, this.#sourceOf(action), this.#luggage(this.#start, action));
    return this.#handleAll(outcomes, { at: action, packet, journey: this.#start });
  }

  /** A packet of the outside comes in by one of the nodes; which of them takes it is up to the network outside. */
  async #enter(journey: Journey, packet: Packet, entries: readonly Entry[]): Promise<readonly Branch[]> {
    const id = entries.length > 1 ? this.#forkIds.next() : 0;
    const branches: Branch[] = [];
    for (const [option, { action, dev, mac }] of entries.entries()) {
      const forked: Journey =
        entries.length === 1 ? journey : inCase(journey, { id, option, label: `the packet comes in by ${action.id}` });
      const outside = this.#question.src.ip.text;
      const link = this.#graph.cross('infra', { node: outside }, { node: action.id, dev }, packet);
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
      const { arriving, lost } =
        silence === undefined ? { arriving: first } : this.#mayBeLost(first, action.id, silence);
      branches.push(
        ...(await this.#arrive(
          arriving,
          { at: action, dev, ingress: link },
          { srcMac: OUTSIDE_NODE_MAC, dstMac: mac, packet: fromOutside(packet) },
        )),
        ...(lost === undefined ? [] : [lost]),
      );
    }
    return branches;
  }

  /** The nodes that the outside sends to, and those that may get the packet in their place. */
  async #takers(entries: readonly Entry[], packet: Packet): Promise<readonly Entry[]> {
    const rivals = await Promise.all(entries.map((entry) => this.#rivalsOf(entry, packet)));
    return [...entries, ...rivals.flat().filter(({ action }) => !entries.some((entry) => entry.action === action))];
  }

  /** Other nodes that answer for the entry's address: who is first gets the packet. */
  async #rivalsOf({ action, dev }: Entry, packet: Packet): Promise<readonly Entry[]> {
    // neighbour discovery answers for the device's own addresses alone
    if (packet.family === 6) return [];
    const door = { ns: action.ns, dev, senderMac: OUTSIDE_NODE_MAC };
    const [bare, bridged] = [await this.#nodes.unbridgedUplinks(), await this.#nodes.bridgedUplinks()];
    const others = [
      ...bare.map(({ at, link, hears }) => ({ at, link, hears })),
      ...bridged.map(({ at, link }) => ({ at, link, hears: at.ns.link(link.master ?? link.name) ?? link })),
    ];
    return others
      .filter(({ at, hears }) => at.node !== action.node && isRival(door, packet, { ns: at.ns, link: hears }))
      .map(({ at, link, hears }) => ({ action: at, dev: link.name, mac: hears.mac }));
  }

  /** The outside may know the node's MAC address by other means, or not. */
  #mayBeLost(journey: Journey, node: string, reason: string): { readonly arriving: Journey; readonly lost: Branch } {
    const id = this.#forkIds.next();
    const option = (index: number, label: string): Journey => inCase(journey, { id, option: index, label });
    const outside = this.#question.src.ip.text;
    const lost = this.#finish(option(1, `${outside} does not know the MAC address of ${node}`), {
      node: outside,
      reason: 'no-neighbour',
      message: `${outside} gets no answer when it asks for ${node}: ${reason}`,
      verdict: 'unreachable',
      evidence: [],
    });
    return { arriving: option(0, `the outside knows ${node}, though ${reason}`), lost };
  }

  async #arrive(journey: Journey, { at, dev, ingress }: Arrival, frame: Frame): Promise<readonly Branch[]> {
    const { packet } = frame;
    const place = placeOf(at.id, dev, frame);
    const before = journey.seen.get(place);
    const loop = (): readonly Branch[] => [
      this.#finish(journey, {
        node: at.id,
        reason: 'loop',
        message: `the packet comes to ${at.id} by ${dev} a second time: it goes round until its TTL ends`,
        verdict: 'unreachable',
        evidence: [],
      }),
    ];
    if (before !== undefined && isEndless(before, packet, journey.forks)) return loop();
    this.#graph.visited.add(at);
    const seen: Journey = {
      ...journey,
      seen: visit(journey.seen, place, packet, journey.forks),
      ...(before === undefined ? {} : { isRound: true }),
    };
    const known = this.#branches;
    const branches = await this.#handleAll(at.receive(dev, frame, this.#luggage(seen, at)), {
      at,
      packet,
      ingress,
      journey: seen,
    });
    // the first time again decides for all rounds that follow
    if (before === undefined || journey.isRound === true || !isLoop(branches)) return branches;
    this.#branches = known;
    return loop();
  }

  async #handleAll(outcomes: readonly Outcome[], visit: Visit): Promise<readonly Branch[]> {
    const branches: Branch[] = [];
    for (const outcome of outcomes) {
      if (this.#branches > MOST_BRANCHES) {
        branches.push(
          this.#finish(visit.journey, {
            node: visit.at.id,
            reason: 'unknown-state',
            message: `more than ${MOST_BRANCHES} branches: the rest was not followed`,
            verdict: 'undetermined',
            evidence: [],
          }),
        );
        break;
      }
      branches.push(...(await this.#handle(outcome, visit)));
    }
    return branches;
  }

  async #handle(outcome: Outcome, visit: Visit): Promise<readonly Branch[]> {
    const { at } = visit;
    const journey = this.#after(outcome, visit);
    this.#graph.address(outcome.packet);
    switch (outcome.kind) {
      case 'end': {
        const ending = await this.#told({ ...outcome.ending, node: at.id }, outcome, visit, journey);
        if (isTooLarge(journey, ending)) {
          const resent = await this.#resent(journey, ending, outcome, visit);
          if (resent !== undefined) return resent;
          const clamping = [...this.#graph.visited].find(({ ns }) => clampsSegments(ns, journey));
          if (clamping !== undefined)
            return [
              this.#finish(journey, {
                ...withoutNotice(ending),
                verdict: 'undetermined',
                message: `${ending.message}; rules of ${clamping.id} may have made segments small enough`,
              }),
            ];
        }
        const ended = withHop(journey, this.#hop(outcome, visit, visit.ingress === undefined ? 'send' : 'forward'));
        return [this.#finish(outcome.packet.inner?.keys === undefined ? ended : beforeHandshake(ended), ending)];
      }
      case 'deliver':
        return this.#delivered(outcome, visit, journey);
      case 'transmit':
        return this.#transmitted(outcome, visit, journey);
      case 'resolve':
        return this.#resolved(outcome, visit, journey);
      case 'flood':
        return this.#flooded(outcome, visit);
      default:
        return assertNever(outcome);
    }
  }

  // ---- how a stay ends ---------------------------------------------------------------------------

  async #delivered(outcome: Outcome & { kind: 'deliver' }, visit: Visit, journey: Journey): Promise<readonly Branch[]> {
    const { at } = visit;
    const arrived = withHop(journey, this.#hop(outcome, visit, 'serve'));
    const ok: Ending = {
      verdict: 'reachable',
      reason: 'ok',
      node: at.id,
      message: `${at.id} takes the packet`,
      evidence: outcome.socket === undefined ? [] : [{ kind: 'socket', raw: outcome.socket.raw }],
    };
    if (journey.phase === 'answered' || journey.isError === true) return [this.#finish(arrived, ok)];
    if (journey.phase === 'established') return this.#acknowledge(inPhase(arrived, 'answered'), at, outcome.packet);
    if (journey.phase === 'reply') {
      if (outcome.packet.protocol !== PROTOCOL.tcp) return [this.#finish(arrived, ok)];
      return this.#continue(inPhase(knowing(arrived, outcome.packet.mss), 'established'));
    }
    const served: Journey = inPhase(
      {
        ...arrived,
        served: {
          packet: outcome.packet,
          nsKey: at.ns.key,
          evidence: ok.evidence,
          ...(outcome.isTransparent === true ? { isTransparent: true } : {}),
          iif: outcome.iif === 'lo' ? at.ns.owner(outcome.packet.dst)?.dev : outcome.iif,
          // a UDP socket that is bound to nothing answers by whatever route there is
          ...(outcome.vrf === undefined || (outcome.socket?.protocol === 'udp' && outcome.socket.dev === undefined)
            ? {}
            : { vrf: outcome.vrf }),
        },
      },
      'reply',
    );
    const reply = replyTo(outcome.packet);
    const other = otherSource(at, reply, outcome.socket);
    if (other === undefined) return this.#answer(served, at, reply);
    const id = this.#forkIds.next();
    const fork = (option: number, label: string): Journey => inCase(served, { id, option, label });
    return [
      ...(await this.#answer(fork(0, `the server answers from ${reply.src.text}, as it was asked`), at, reply)),
      ...(await this.#answer(fork(1, `the server lets the kernel choose its source, ${other.text}`), at, {
        ...reply,
        src: other,
      })),
    ];
  }

  async #answer(journey: Journey, at: NetNodeAction, reply: Packet): Promise<readonly Branch[]> {
    const { isTransparent, iif, vrf } = journey.served ?? {};
    const cameBy = vrf ?? (reply.protocol === PROTOCOL.icmpv6 ? iif : undefined);
    const luggage: Luggage = {
      ...this.#luggage(journey, at),
      ...(isTransparent === true ? { isTransparent } : {}),
      ...(cameBy === undefined ? {} : { cameBy }),
    };
    return this.#handleAll(at.send(reply, 'given', luggage), { at, packet: reply, journey });
  }

  /**
   * The server's next packet: an ACK, or data, which rules may tell from the SYN+ACK. It answers the client's last one, by
   * which some of what the client's port may be is known.
   */
  async #acknowledge(journey: Journey, at: NetNodeAction, last: Packet): Promise<readonly Branch[]> {
    const next = followUp(replyTo(last));
    const { segment, served } = journey;
    if (segment === undefined) return this.#answer(journey, at, next);
    const data = segmentOf(next, segment.server, served?.packet.mss);
    return this.#answer({ ...journey, segment: { ...segment, answered: { at, last } } }, at, data);
  }

  /** A segment was too large: one that fits is sent, where the sender is told. Undefined where it never is. */
  async #resent(
    journey: Journey,
    ending: Ending,
    outcome: Outcome,
    visit: Visit,
  ): Promise<readonly Branch[] | undefined> {
    const told = isAnswer(journey.phase) ? await this.#toldToServer(ending, outcome, visit, journey) : ending;
    if (told.notice === undefined)
      return [this.#finish(journey, { ...withoutNotice(ending), verdict: 'undetermined' })];
    const { fits } = ending;
    const { answered } = journey.segment ?? {};
    if (told.notice !== 'EMSGSIZE' || fits === undefined || fits >= outcome.packet.length) return undefined;
    const smaller = withSmaller(journey, fits);
    if (!isAnswer(journey.phase)) return this.#continue(smaller);
    return answered === undefined ? undefined : this.#acknowledge(smaller, answered.at, answered.last);
  }

  /** The ICMP error about a packet of the server's. */
  async #toldToServer(ending: Ending, outcome: Outcome, visit: Visit, journey: Journey): Promise<Ending> {
    if (visit.ingress === undefined) return { ...ending, notice: 'EMSGSIZE' };
    const told: Ending = { ...ending, notice: 'EMSGSIZE' };
    const packet = errorAbout(outcome.packet, undefined, ending);
    const error: Told = { packet, source: 'chosen-by-route', vrf: outcome.vrf };
    return this.#walkedBack(told, error, visit.at, { ...inPhase(journey, 'established'), isError: true });
  }

  /** The client's next packet. */
  async #continue(journey: Journey): Promise<readonly Branch[]> {
    const next = followUp(
      journey.origin ??
        firstPacket({
          dst: this.#question.dst.ip,
          src: this.#question.src.ip,
          protocol: 'tcp',
          port: this.#question.port,
        }),
    );
    const { segment } = journey;
    const packet = segment === undefined ? next : segmentOf(next, segment.client, segment.serverMss);
    const source = this.#source;
    if (source.kind === 'outside') {
      const entered = journey.hops.forward[1]?.node;
      return this.#enter(
        journey,
        packet,
        (await this.#takers(source.entries, packet)).filter((entry) => entry.action.id === entered),
      );
    }
    if (source.kind === 'unknown') throw new Error('a packet from nowhere');
    const { action } = source;
    // an IPv6 socket keeps the route that was found before its source was (ip6_dst_lookup_tail)
    const how = packet.family === 6 ? this.#sourceOf(action) : 'given';
    const outcomes = action.send(packet, how, this.#luggage(journey, action));
    return this.#handleAll(outcomes, { at: action, packet, journey });
  }

  /** A client that was named lets the kernel choose; one that was given as an address is bound to it. */
  #sourceOf({ ns }: NetNodeAction): 'given' | 'chosen-by-route' {
    const { src } = this.#question;
    return parseIP(src.asked) !== undefined && ns.owner(src.ip) !== undefined ? 'given' : 'chosen-by-route';
  }

  async #transmitted(
    outcome: Outcome & { kind: 'transmit' },
    visit: Visit,
    journey: Journey,
  ): Promise<readonly Branch[]> {
    const { at } = visit;
    const crossing = this.#nodes.cross(at, outcome.dev, outcome.frame);
    const hop = this.#hop(outcome, visit, visit.ingress === undefined ? 'send' : 'forward');
    if (crossing.kind === 'unknown') {
      return [
        this.#finish(withHop(journey, hop), {
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
        this.#finish(withHop(journey, hop), {
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
    if (crossing.kind === 'underlay') return this.#overUnderlay({ ...outcome, frame }, hop, at, journey);
    const link = this.#graph.cross(
      crossing.link,
      endOf(at, outcome.dev),
      endOf(crossing.at, crossing.dev),
      outcome.packet,
    );
    const arrival = { at: crossing.at, dev: crossing.dev, ingress: link };
    return this.#arriveByEntry({ ...outcome, frame }, { at, journey, hop: { ...hop, egress: link } }, arrival);
  }

  /** Arrives, if the neighbour entry that the frame was sent by still is there. */
  async #arriveByEntry(
    { frame, nextHop }: Outcome & { kind: 'transmit' },
    { at, journey, hop }: { readonly at: NetNodeAction; readonly journey: Journey; readonly hop: Hop },
    arrival: Arrival,
  ): Promise<readonly Branch[]> {
    // bridges hand on what another has addressed
    const addressed = nextHop === undefined ? journey.addressed : { by: at.id, from: at.ns, nextHop };
    const going: Journey = addressed === undefined ? journey : { ...journey, addressed };
    const silence = addressed && silenceOfKnown({ ...addressed, frame }, { ns: arrival.at.ns, dev: arrival.dev });
    if (silence === undefined) return this.#arrive(withHop(going, hop), arrival, frame);
    const { by, nextHop: to } = addressed!;
    const id = this.#forkIds.next();
    const option = (index: number, label: string): Journey => withHop(inCase(going, { id, option: index, label }), hop);
    return [
      ...(await this.#arrive(option(0, `${by} still knows ${to.text}, though ${silence}`), arrival, frame)),
      this.#finish(option(1, `${by} knows ${to.text} no longer`), {
        node: by,
        reason: 'no-neighbour',
        message: `nobody answers ${by} for ${to.text}: ${silence}`,
        verdict: 'unreachable',
        evidence: [],
      }),
    ];
  }

  /** The network between the nodes: the destination's MAC address says which node, and the next hop's address whose it should be. */
  async #overUnderlay(
    outcome: Outcome & { kind: 'transmit' },
    hop: Hop,
    at: NetNodeAction,
    journey: Journey,
  ): Promise<readonly Branch[]> {
    const { frame, nextHop, packet, dev } = outcome;
    const target = nextHop ?? packet.dst;
    const owner = await this.#nodes.underlayOwner(target);
    const taker =
      owner !== undefined && owner.link.mac === frame.dstMac ? owner : await this.#nodes.underlayDevice(frame.dstMac);
    const bridged =
      taker === undefined || taker.link.kind.kind === 'bridge' ? await this.#nodes.uplinksTo(frame.dstMac) : [];
    const doors = taker === undefined ? [] : this.#nodes.doors(taker);
    const beside = doors.find((each) => each.hears.mac === frame.dstMac);
    const door = bridged.length === 1 && bridged[0]!.at.node !== at.node ? bridged[0] : (beside ?? taker);
    if (door !== undefined && door.at.node !== at.node) return this.#enterBy(door, outcome, { at, hop }, journey);
    if (bridged.length > 0 && bridged.every((each) => each.at.node === at.node)) {
      return [
        this.#finish(withHop(journey, hop), {
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
    const elsewhere = isOwn ? { ns: at.ns, link: taker.link } : await this.#nodes.hiddenDevice(frame.dstMac);
    if (elsewhere !== undefined) {
      const { ns, link } = elsewhere;
      return [
        this.#finish(withHop(journey, hop), {
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
        this.#finish(withHop(journey, hop), {
          node: at.id,
          reason: 'wrong-neighbour',
          message,
          verdict: 'undetermined',
          evidence: [],
        }),
      ];
    }
    return this.#toOutside(outcome, { at, hop, target }, journey);
  }

  /** The frame comes in at another node. */
  async #enterBy(
    door: UnderlayDevice,
    outcome: Outcome & { kind: 'transmit' },
    { at, hop }: Pick<Departure, 'at' | 'hop'>,
    journey: Journey,
  ): Promise<readonly Branch[]> {
    const { dev, frame, packet } = outcome;
    const landing = this.#nodes.land(door, frame);
    if (landing.kind !== 'arrives') {
      const message = landing.kind === 'underlay' ? `nobody takes what comes in by ${door.link.name}` : landing.reason;
      return [
        this.#finish(withHop(journey, hop), {
          node: door.at.id,
          reason: 'unknown-device',
          message,
          verdict: 'undetermined',
          evidence: [],
        }),
      ];
    }
    const link = this.#graph.cross('infra', { node: at.id, dev }, { node: landing.at.id, dev: landing.dev }, packet);
    const arrival = { at: landing.at, dev: landing.dev, ingress: link };
    const landed = { ...outcome, frame: retagged(frame, landing.vlan) };
    return this.#arriveByEntry(landed, { at, journey, hop: { ...hop, egress: link } }, arrival);
  }

  async #toOutside(
    outcome: Outcome & { kind: 'transmit' },
    { at, hop, target }: Departure,
    journey: Journey,
  ): Promise<readonly Branch[]> {
    const { packet, dev } = outcome;
    const unseen = await this.#nodes.unseenNodeAt(target);
    const link = this.#graph.cross('infra', { node: at.id, dev }, { node: unseen ?? target.text }, packet);
    const left = withHop(journey, { ...hop, egress: link });
    if (unseen !== undefined) {
      const { text, ...more } = this.#nodes.notCollected(unseen);
      return [
        this.#finish(left, {
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
      isAnswer(journey.phase) && this.#source.kind === 'outside' && sameIP(packet.dst, this.#question.src.ip);
    if (!isForAsker || !leadsToAsker([at.ns, ...at.node.namespaces], outcome)) {
      if (this.#surroundings.isClusterAddress(packet.dst))
        return this.#clusterAddressOutside(left, { at, hop, target }, outcome);
      return [
        this.#finish(left, {
          node: target.text,
          reason: 'outside',
          message: `the packet leaves ${at.id} by ${dev} to ${target.text}; what happens there was not collected`,
          verdict: 'undetermined',
          evidence: [],
        }),
      ];
    }
    const wanted = this.#awaitedByClient(journey);
    if (!answers(wanted, packet)) {
      const message = `the answer reaches ${packet.dst.text} from ${formatHostPort(packet.src, formatPorts(packet.sport))}, but the client asked ${formatHostPort(wanted.src, formatPorts(wanted.sport))}`;
      return [
        this.#finish(left, {
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
      return this.#continue(inPhase(knowing(arrived, packet.mss), 'established'));
    }
    return [
      this.#finish(arrived, {
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
  async #clusterAddressOutside(
    journey: Journey,
    { at, target }: Departure,
    { dev, packet }: Outcome & { kind: 'transmit' },
  ): Promise<readonly Branch[]> {
    const message = `${at.id} does not translate ${formatHostPort(packet.dst, formatPorts(packet.dport))} and sends it out by ${dev} to ${target.text}, where nobody has a cluster address`;
    const lost: Ending = { node: at.id, reason: 'no-host', message, verdict: 'unreachable', evidence: [] };
    if (journey.isBackFromOutside === true || packet.inner !== undefined) return [this.#finish(journey, lost)];
    const id = this.#forkIds.next();
    const option = (index: number, label: string): Journey => ({
      ...inCase(journey, { id, option: index, label }),
      isBackFromOutside: true,
    });
    const branches: Branch[] = [];
    const forgetLinks = this.#graph.mark();
    for (const [index, { action, dev: entry, mac }] of (await this.#surroundings.entries(packet.family)).entries()) {
      const back = option(index + 1, `a router outside sends the packet back to ${action.id}`);
      const link = this.#graph.cross('infra', { node: target.text }, { node: action.id, dev: entry }, packet);
      branches.push(
        ...(await this.#arrive(
          back,
          { at: action, dev: entry, ingress: link },
          { srcMac: OUTSIDE_NODE_MAC, dstMac: mac, packet: backFromOutside(packet) },
        )),
      );
    }
    if (branches.some((branch) => branch.verdict !== 'unreachable'))
      return [this.#finish(option(0, 'the packet is lost outside'), lost), ...branches];
    // Lost whatever the outside does: what it might do is not worth a word.
    forgetLinks();
    return [this.#finish(journey, lost)];
  }

  /** Asks the link for the next hop's MAC address, then goes on where the walk stopped. */
  async #resolved(outcome: Outcome & { kind: 'resolve' }, visit: Visit, journey: Journey): Promise<readonly Branch[]> {
    const { at } = visit;
    const { resolve } = outcome;
    const answers = await askLink(this.#nodes, at, resolve);
    const fail = async (ending: Ending, forks = outcome.forks): Promise<readonly Branch[]> => [
      this.#finish(
        withHop({ ...journey, forks }, this.#hop(outcome, visit, visit.ingress === undefined ? 'send' : 'forward')),
        await this.#told(ending, outcome, visit, journey),
      ),
    ];
    const macs = [...answers.macs];
    const learned = resolve.known === undefined || answers.macs.has(resolve.known) ? undefined : resolve.known;
    if (learned !== undefined && macs.length > 0) macs.push([learned, `what ${at.id} has learned`]);
    // what nobody confirms stays for a while
    const barred =
      learned === undefined || macs.length > 0 || answers.barred.has(learned)
        ? answers.barred
        : new Map([...answers.barred, [learned, unconfirmed(at, answers)] as const]);
    const isOpen = macs.length === 0 && barred.size === 0;
    const [program] = isOpen ? answers.programs : [];
    if (answers.unknown.length > 0 || program !== undefined) {
      return fail({
        node: at.id,
        reason: 'unknown-state',
        message: `it is not known who answers for ${resolve.ip.text} on ${resolve.dev} of ${at.id}: ${answers.unknown[0] ?? `${program} may do so`}`,
        verdict: 'undetermined',
        evidence: [],
      });
    }
    if (macs.length === 0 && barred.size > 0) return this.#maybeLearned(outcome, barred, { visit, fail });
    if (macs.length === 0) {
      const why = answers.silent.length === 0 ? 'the question reaches nobody' : answers.silent.slice(0, 2).join('; ');
      return fail({
        node: at.id,
        reason: 'no-neighbour',
        verdict: 'unreachable',
        evidence: answers.evidence,
        notice: 'EHOSTUNREACH',
        message: `nobody answers for ${resolve.ip.text} on ${resolve.dev} of ${at.id}: ${why}`,
      });
    }
    if (macs.length === 1) return this.#handleAll(outcome.resume(macs[0]![0]), visit);
    const id = this.#forkIds.next();
    const branches: Branch[] = [];
    for (const [option, [mac, by]] of macs.entries()) {
      const forked = outcome.resume(mac).map((each) =>
        insertFork(each, outcome.forks.length, {
          cause: 'ignorance',
          id,
          option,
          label: `${by} (${mac}) is who last answered for ${resolve.ip.text}`,
        }),
      );
      branches.push(...(await this.#handleAll(forked, visit)));
    }
    return branches;
  }

  /** Rules drop the question or its answer: the asker knows the address if the other has asked it, else it does not. */
  async #maybeLearned(
    outcome: Outcome & { kind: 'resolve' },
    barred: LinkAnswers['barred'],
    {
      visit,
      fail,
    }: { readonly visit: Visit; readonly fail: (ending: Ending, forks: Forks) => Promise<readonly Branch[]> },
  ): Promise<readonly Branch[]> {
    const id = this.#forkIds.next();
    const { resolve, forks } = outcome;
    const { ip, dev } = resolve;
    const branches: Branch[] = [];
    for (const [option, [mac, { by, reason }]] of [...barred].entries()) {
      const label = `${ip.text} is known as ${mac} (${by}), though ${reason}`;
      const forked = outcome
        .resume(mac)
        .map((each) => insertFork(each, forks.length, { cause: 'ignorance', id, option, label }));
      branches.push(...(await this.#handleAll(forked, visit)));
    }
    const { at } = visit;
    const why = [...barred.values()].map(({ reason }) => reason)[0] ?? '';
    const lost = await fail(
      {
        node: at.id,
        reason: 'no-neighbour',
        message: `nobody answers for ${ip.text} on ${dev} of ${at.id}: ${why}`,
        verdict: 'unreachable',
        evidence: resolve.failed === undefined ? [] : [resolve.failed],
        notice: 'EHOSTUNREACH',
      },
      [...forks, { cause: 'ignorance', id, option: barred.size, label: `${ip.text} is not known` }],
    );
    return [...branches, ...lost];
  }

  /** Copies of one frame go several ways; those that no device takes up do not count. */
  async #flooded(outcome: Outcome & { kind: 'flood' }, visit: Visit): Promise<readonly Branch[]> {
    const ways: (readonly Branch[])[] = [];
    for (const copy of outcome.copies) ways.push(await this.#handle(copy, visit));
    const taken = ways.filter(
      (branches) => !branches.every((branch) => branch.verdict === 'unreachable' && isIgnoredCopy(branch)),
    );
    if (taken.length === 0) return ways[0] ?? [];
    if (taken.length === 1) return taken[0]!;
    const id = this.#forkIds.next();
    return taken.flatMap((branches, option) =>
      branches.map((branch) => ({
        ...branch,
        forks: [
          ...branch.forks.slice(0, outcome.forks.length),
          { cause: 'ignorance' as const, id, option, label: 'one of several copies' },
          ...branch.forks.slice(outcome.forks.length),
        ],
      })),
    );
  }

  /**
   * What the sender learns of an ending: the reset or ICMP error is walked back, and where it gets lost the sender
   * only hears silence. What ends on the way back is told to the server, not to the client.
   */
  async #told(ending: Ending, outcome: Outcome, visit: Visit, journey: Journey): Promise<Ending> {
    const { notice } = ending;
    if (journey.isError === true) return ending;
    // A frame that nobody takes up is silence at first, and EHOSTUNREACH once the neighbour table finds out.
    if (NEIGHBOUR_FAULTS.has(ending.reason)) return withoutNotice(ending);
    if (notice === undefined || notice === 'timeout') return ending;
    if (isAnswer(journey.phase)) return { ...ending, notice: 'timeout' };
    const { at } = visit;
    const { packet } = outcome;
    const isOwnCall =
      visit.ingress === undefined &&
      (notice === 'EPERM' || (LOCAL_ERRORS.has(ending.reason) && packet.inner === undefined)) &&
      !(outcome.kind === 'end' && outcome.isToldByMessage === true);
    // The kernel reports a dead neighbour to its own socket by the packet that NAT has changed since: seen to get lost.
    if (
      visit.ingress === undefined &&
      ending.reason === 'no-neighbour' &&
      outcome.origin !== undefined &&
      !sameIP(outcome.origin.dst, packet.dst)
    )
      return withoutNotice(ending);
    // WireGuard sends when it has a key, long after the call that gave it the packet
    if (packet.inner?.keys !== undefined) return { ...ending, notice: 'timeout' };
    // The kernel tells the tunnel's own socket, and vxlan does not pass it on.
    if (packet.inner?.vni !== undefined && ending.reason === 'no-neighbour') return { ...ending, notice: 'timeout' };
    if (isOwnCall || packet.inner !== undefined) return ending;
    const isReset =
      packet.protocol === PROTOCOL.tcp &&
      (ending.reason === 'connection-refused' || ending.evidence.some((each) => each.raw.includes('tcp-reset')));
    const own = at.ns.owner(packet.dst)?.ip;
    const error = isReset ? resetFor(packet) : errorAbout(packet, own, ending);
    const telling: Journey = { ...inPhase(journey, 'reply'), isError: true };
    const source = isReset || own !== undefined ? 'given' : 'chosen-by-route';
    return this.#walkedBack(ending, { packet: error, source, vrf: outcome.vrf }, at, telling);
  }

  /** Sends the error from where the packet ended; the ending has a notice where it surely comes to whom it is for. */
  async #walkedBack(
    ending: Ending,
    { packet: error, source, vrf }: Told,
    at: NetNodeAction,
    telling: Journey,
  ): Promise<Ending> {
    const outcomes = at.send(error, source, {
      ...this.#luggage(telling, at),
      // a rule's reset bears the address that was asked, whoever has it
      ...(ending.reason === 'rejected' ? { isTransparent: true } : {}),
      ...(vrf === undefined ? {} : { cameBy: vrf }),
    });
    const before = this.#branches;
    const branches = await this.#handleAll(outcomes, { at, packet: error, journey: telling });
    this.#branches = before;
    if (branches.every((branch) => branch.verdict === 'reachable')) return ending;
    if (branches.every((branch) => branch.verdict === 'unreachable')) return { ...ending, notice: 'timeout' };
    return withoutNotice(ending);
  }

  // ---- small parts -----------------------------------------------------------------------------------

  #after(outcome: Outcome, visit: Visit): Journey {
    const { journey, at } = visit;
    const connections = new Map(journey.connections).set(at.ns.key, outcome.connections);
    const virtualConnections = new Map(journey.virtualConnections).set(at.ns.key, outcome.virtualConnections);
    const origin = journey.origin ?? outcome.origin;
    return {
      ...journey,
      connections,
      virtualConnections,
      forks: outcome.forks,
      ...(origin === undefined ? {} : { origin }),
    };
  }

  #luggage(journey: Journey, at: NetNodeAction): Luggage {
    const awaited = this.#awaited(journey);
    return {
      forkIds: this.#forkIds,
      forks: journey.forks,
      connections: journey.connections.get(at.ns.key) ?? [],
      virtualConnections: journey.virtualConnections.get(at.ns.key) ?? [],
      isFleeting: (ip, asker) => this.#nodes.isFleeting(at, ip, asker),
      ...(awaited === undefined ? {} : { awaited }),
    };
  }

  #awaited(journey: Journey): Luggage['awaited'] {
    if (journey.phase === 'forward') return undefined;
    if (isAnswer(journey.phase)) {
      const nsKey = this.#source.kind === 'node' ? this.#source.action.ns.key : '';
      return { nsKey, tuple: this.#awaitedByClient(journey), what: 'the client' };
    }
    const { served } = journey;
    if (served === undefined) throw new Error('a second packet before the first was served');
    return { nsKey: served.nsKey, tuple: tupleOf(served.packet), what: 'the server' };
  }

  /** The answer as the client's socket must see it. */
  #awaitedByClient(journey: Journey): Tuple {
    const { origin } = journey;
    if (origin === undefined) throw new Error('an answer without a question');
    return invert(tupleOf(origin));
  }

  #hop(outcome: Outcome, visit: Visit, action: Hop['action']): Hop {
    const { at, packet, ingress } = visit;
    const isService =
      action !== 'serve' &&
      visit.journey.phase === 'forward' &&
      !sameIP(innermost(packet).dst, innermost(outcome.packet).dst);
    return {
      node: at.id,
      nodeType: at.type,
      action: isService && action === 'forward' ? 'service' : action,
      steps: outcome.steps,
      packet: ingress === undefined ? (outcome.origin ?? packet) : packet,
      ...(ingress === undefined ? {} : { ingress }),
    };
  }

  #finish(journey: Journey, ending: Ending): Branch {
    this.#branches++;
    return branchOf(journey, ending);
  }
}

/** An entry that the link does not bear out. */
function unconfirmed({ id }: NetNodeAction, { silent }: LinkAnswers): { readonly by: string; readonly reason: string } {
  return { by: `what ${id} has learned`, reason: silent[0] ?? 'the question reaches nobody' };
}

/**
 * A UDP server on a wildcard socket that answers with a plain sendto() leaves its source to the route; one that
 * looks at IP_PKTINFO does not. Where that makes a difference it is not known which kind it is.
 */
function otherSource(at: NetNodeAction, reply: Packet, socket: ListeningSocket | undefined): IP | undefined {
  const isWildcard = socket?.protocol === 'udp' && (socket.ip === undefined || isUnspecified(socket.ip));
  const { router } = at.ns;
  if (!isWildcard || !router.ok) return undefined;
  const { dst, mark, tos, protocol, sport, dport } = reply;
  const sources = router.value
    .output({ dst, iif: 'lo', mark, tos, protocol, sport, dport })
    .map((way) => way.source?.ip);
  return sources.find((source) => source !== undefined && !sameIP(source, reply.src));
}

/** A flooded copy that a device drops because it is not for it tells nothing about the frame's fate. */
function isIgnoredCopy(branch: Branch): boolean {
  return (
    branch.forward.ending.reason === 'wrong-neighbour' ||
    branch.reason === 'wrong-neighbour' ||
    branch.reason === 'bridge-drop' ||
    branch.reason === 'link-down'
  );
}

/** What the server's SYN told the client. */
function knowing(journey: Journey, serverMss: Packet['mss']): Journey {
  const { segment } = journey;
  return segment === undefined || serverMss === undefined
    ? journey
    : { ...journey, segment: { ...segment, serverMss } };
}

function withoutNotice({ notice: _notice, ...ending }: Ending): Ending {
  return ending;
}

function innermost(packet: Packet): Packet {
  return packet.inner === undefined ? packet : innermost(packet.inner.frame.packet);
}

const NEIGHBOUR_FAULTS: ReadonlySet<Ending['reason']> = new Set(['wrong-neighbour', 'link-down', 'bridge-drop']);

/** Errors that a system call gives at once, with no message on the wire. */
const LOCAL_ERRORS: ReadonlySet<Ending['reason']> = new Set([
  'no-route',
  'unreachable-route',
  'prohibited',
  'blackhole',
  'no-address',
  'dropped',
  'mtu',
]);

function insertFork(outcome: Outcome, at: number, fork: Outcome['forks'][number]): Outcome {
  const forks = [...outcome.forks.slice(0, at), fork, ...outcome.forks.slice(at)];
  return outcome.kind === 'flood'
    ? { ...outcome, forks, copies: outcome.copies.map((copy) => insertFork(copy, at, fork)) }
    : { ...outcome, forks };
}
