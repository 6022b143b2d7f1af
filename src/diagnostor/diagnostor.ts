/** Walks a packet from node to node until every branch has ended: Send on the source, then Receive on each node that it reaches. */
import type { IP } from '../model/address.ts';
import { assertNever } from '../model/assert-never.ts';
import type { Question } from '../model/endpoint.ts';
import { forkIds } from '../model/fork.ts';
import type { ForkIds } from '../model/fork.ts';
import type { Frame } from '../model/packet.ts';
import type { Branch, Link } from '../model/path.ts';
import type { Outcome } from '../netstack/walk/index.ts';
import type { NetNodeAction } from '../nodemanager/net-node-action.ts';
import type { NetNodeManager } from '../nodemanager/net-node-manager.ts';
import { delivered } from './conversation.ts';
import { flooded } from './copies.ts';
import { firstPacket } from './first-packet.ts';
import { enter, takersOf } from './from-outside.ts';
import { PathGraph } from './graph.ts';
import { beforeHandshake, START, withHop } from './journey.ts';
import type { Journey } from './journey.ts';
import { resolved } from './next-hop.ts';
import type { Place, Surroundings } from './place.ts';
import { isEndless, isLoop, placeOf, visit } from './rounds.ts';
import { clampsSegments, isTooLarge } from './segment.ts';
import { resent } from './smaller-segment.ts';
import { toldOf } from './told.ts';
import { transmitted } from './underlay.ts';
import { finish, hopOf, journeyAfter, luggageOf, sourceOf, withoutNotice } from './walk.ts';
import type { Arrival, Visit, Walk } from './walk.ts';

export interface Walked {
  readonly branches: readonly Branch[];
  readonly links: ReadonlyMap<string, Link>;
  /** Every node that a branch came to. */
  readonly visited: ReadonlySet<NetNodeAction>;
  /** Every address that the packet was sent to, before and after its translation, whether it came there or not. */
  readonly addressed: ReadonlyMap<string, IP>;
}

export interface WalkOptions {
  /** Whole IP packet in bytes; of TCP, of those with data. */
  readonly size?: number;
}

/** More branches than this are not followed: the verdict is undetermined and says so. */
const MOST_BRANCHES = 2000;

export class Diagnostor implements Walk {
  readonly nodes: NetNodeManager;
  readonly surroundings: Surroundings;
  readonly forkIds: ForkIds = forkIds();
  readonly graph = new PathGraph();
  question!: Question;
  source!: Place;
  branches = 0;
  #start: Journey = START;

  constructor(nodes: NetNodeManager, surroundings: Surroundings) {
    this.nodes = nodes;
    this.surroundings = surroundings;
  }

  /** Walks one question; a Diagnostor is made for each. */
  async walk(question: Question, source: Place, options: WalkOptions = {}): Promise<Walked> {
    this.question = question;
    this.source = source;
    const branches = await this.#begin(question, source, options);
    const { links, visited, addressed } = this.graph;
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
        finish(this, START, {
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
      return enter(this, this.#start, packet, await takersOf(this, source.entries, packet));
    }
    const { action } = source;
    const portRange = action.ns.sysctl('ipv4/ip_local_port_range');
    const packet = firstPacket({ ...ask, ...(portRange === undefined ? {} : { portRange }), src: question.src.ip });
    this.graph.visited.add(action);
    const outcomes = action.send(packet, sourceOf(this, action), luggageOf(this, this.#start, action));
    return this.handleAll(outcomes, { at: action, packet, journey: this.#start });
  }

  async arrive(journey: Journey, { at, dev, ingress }: Arrival, frame: Frame): Promise<readonly Branch[]> {
    const { packet } = frame;
    const place = placeOf(at.id, dev, frame);
    const before = journey.seen.get(place);
    const loop = (): readonly Branch[] => [
      finish(this, journey, {
        node: at.id,
        reason: 'loop',
        message: `the packet comes to ${at.id} by ${dev} a second time: it goes round until its TTL ends`,
        verdict: 'unreachable',
        evidence: [],
      }),
    ];
    if (before !== undefined && isEndless(before, packet, journey.forks)) return loop();
    this.graph.visited.add(at);
    const seen: Journey = {
      ...journey,
      seen: visit(journey.seen, place, packet, journey.forks),
      ...(before === undefined ? {} : { isRound: true }),
    };
    const known = this.branches;
    const branches = await this.handleAll(at.receive(dev, frame, luggageOf(this, seen, at)), {
      at,
      packet,
      ingress,
      journey: seen,
    });
    // the first time again decides for all rounds that follow
    if (before === undefined || journey.isRound === true || !isLoop(branches)) return branches;
    this.branches = known;
    return loop();
  }

  async handleAll(outcomes: readonly Outcome[], visit: Visit): Promise<readonly Branch[]> {
    const branches: Branch[] = [];
    for (const outcome of outcomes) {
      if (this.branches > MOST_BRANCHES) {
        branches.push(
          finish(this, visit.journey, {
            node: visit.at.id,
            reason: 'unknown-state',
            message: `more than ${MOST_BRANCHES} branches: the rest was not followed`,
            verdict: 'undetermined',
            evidence: [],
          }),
        );
        break;
      }
      branches.push(...(await this.handle(outcome, visit)));
    }
    return branches;
  }

  async handle(outcome: Outcome, visit: Visit): Promise<readonly Branch[]> {
    const { at } = visit;
    const journey = journeyAfter(outcome, visit);
    this.graph.address(outcome.packet);
    switch (outcome.kind) {
      case 'end': {
        const ending = await toldOf(this, { ...outcome.ending, node: at.id }, { outcome, visit, journey });
        if (isTooLarge(journey, ending)) {
          const smaller = await resent(this, ending, { outcome, visit, journey });
          if (smaller !== undefined) return smaller;
          const clamping = [...this.graph.visited].find(({ ns }) => clampsSegments(ns, journey));
          if (clamping !== undefined)
            return [
              finish(this, journey, {
                ...withoutNotice(ending),
                verdict: 'undetermined',
                message: `${ending.message}; rules of ${clamping.id} may have made segments small enough`,
              }),
            ];
        }
        const ended = withHop(journey, hopOf(outcome, visit));
        return [finish(this, outcome.packet.inner?.keys === undefined ? ended : beforeHandshake(ended), ending)];
      }
      case 'deliver':
        return delivered(this, outcome, visit, journey);
      case 'transmit':
        return transmitted(this, outcome, visit, journey);
      case 'resolve':
        return resolved(this, outcome, visit, journey);
      case 'flood':
        return flooded(this, outcome, visit);
      default:
        return assertNever(outcome);
    }
  }
}
