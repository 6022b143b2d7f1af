/** What one walk knows, and what a packet takes along from one stay to the next. */
import type { IP } from '../model/address.ts';
import { parseIP, sameIP } from '../model/address.ts';
import type { Question } from '../model/endpoint.ts';
import type { Tuple } from '../model/flow.ts';
import type { ForkIds } from '../model/fork.ts';
import type { Frame, Packet } from '../model/packet.ts';
import type { Branch, Ending, Hop } from '../model/path.ts';
import { invert, tupleOf } from '../netstack/conntrack/connection.ts';
import type { Luggage, Outcome } from '../netstack/walk/index.ts';
import type { NetNodeAction } from '../nodemanager/net-node-action.ts';
import type { NetNodeManager } from '../nodemanager/net-node-manager.ts';
import { branchOf } from './branch.ts';
import type { PathGraph } from './graph.ts';
import { isAnswer } from './journey.ts';
import type { Journey } from './journey.ts';
import type { Place, Surroundings } from './place.ts';

/** One question's walk, as those who carry it on see it. */
export interface Walk {
  readonly nodes: NetNodeManager;
  readonly surroundings: Surroundings;
  readonly question: Question;
  readonly source: Place;
  readonly forkIds: ForkIds;
  readonly graph: PathGraph;
  /** How many branches have ended so far. */
  branches: number;
  handleAll(outcomes: readonly Outcome[], visit: Visit): Promise<readonly Branch[]>;
  handle(outcome: Outcome, visit: Visit): Promise<readonly Branch[]>;
  arrive(journey: Journey, arrival: Arrival, frame: Frame): Promise<readonly Branch[]>;
}

/** Where one stay of a packet in one namespace began. */
export interface Visit {
  readonly at: NetNodeAction;
  readonly packet: Packet;
  readonly ingress?: string;
  readonly journey: Journey;
}

/** One outcome of a visit, and the journey with it. */
export interface Stay {
  readonly outcome: Outcome;
  readonly visit: Visit;
  readonly journey: Journey;
}

/** Where a frame comes in, by which link. */
export interface Arrival {
  readonly at: NetNodeAction;
  readonly dev: string;
  readonly ingress: string;
}

/** Where a packet leaves what was collected: the hop that it leaves from and the next hop that it goes to. */
export interface Departure {
  readonly at: NetNodeAction;
  readonly hop: Hop;
  readonly target: IP;
}

/** An error that goes back. */
export interface Told {
  readonly packet: Packet;
  readonly at: NetNodeAction;
  readonly source: 'given' | 'chosen-by-route';
  readonly vrf: string | undefined;
}

export type Forks = Outcome['forks'];

export function journeyAfter(outcome: Outcome, visit: Visit): Journey {
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

export function luggageOf(walk: Walk, journey: Journey, at: NetNodeAction): Luggage {
  const awaited = awaitedBy(walk, journey);
  return {
    forkIds: walk.forkIds,
    forks: journey.forks,
    connections: journey.connections.get(at.ns.key) ?? [],
    virtualConnections: journey.virtualConnections.get(at.ns.key) ?? [],
    isFleeting: (learned) => walk.nodes.isFleeting(at, learned),
    ...(awaited === undefined ? {} : { awaited }),
  };
}

function awaitedBy(walk: Walk, journey: Journey): Luggage['awaited'] {
  if (journey.phase === 'forward') return undefined;
  if (isAnswer(journey.phase)) {
    const nsKey = walk.source.kind === 'node' ? walk.source.action.ns.key : '';
    return { nsKey, tuple: awaitedByClient(journey), what: 'the client' };
  }
  const { served } = journey;
  if (served === undefined) throw new Error('a second packet before the first was served');
  return { nsKey: served.nsKey, tuple: tupleOf(served.packet), what: 'the server' };
}

/** The answer as the client's socket must see it. */
export function awaitedByClient(journey: Journey): Tuple {
  const { origin } = journey;
  if (origin === undefined) throw new Error('an answer without a question');
  return invert(tupleOf(origin));
}

/** A client that was named lets the kernel choose; one that was given as an address is bound to it. */
export function sourceOf(walk: Walk, { ns }: NetNodeAction): 'given' | 'chosen-by-route' {
  const { src } = walk.question;
  return parseIP(src.asked) !== undefined && ns.owner(src.ip) !== undefined ? 'given' : 'chosen-by-route';
}

/** What is made here is sent, what comes in goes on. */
export function hopOf(outcome: Outcome, visit: Visit, action: Hop['action'] = wayOn(visit)): Hop {
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

const wayOn = ({ ingress }: Visit): Hop['action'] => (ingress === undefined ? 'send' : 'forward');

export function finish(walk: Walk, journey: Journey, ending: Ending): Branch {
  walk.branches++;
  return branchOf(journey, ending);
}

export function withoutNotice({ notice: _notice, ...ending }: Ending): Ending {
  return ending;
}

function innermost(packet: Packet): Packet {
  return packet.inner === undefined ? packet : innermost(packet.inner.frame.packet);
}
