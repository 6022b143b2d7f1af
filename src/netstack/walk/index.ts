/** A packet's walk through one namespace: `send` for one that it makes, `receive` for one that comes in. */
import { isMulticast } from '../../model/address.ts';
import { forkIds, type Fork, type ForkIds } from '../../model/fork.ts';
import type { Frame, Packet } from '../../model/packet.ts';
import { programOfCgroup } from '../attached/cgroups.ts';
import type { Connection } from '../conntrack/connection.ts';
import type { VirtualConnection } from '../ipvs/connection.ts';
import type { NetNS } from '../netns.ts';
import { output } from './output.ts';
import { receiveFrame } from './receive.ts';
import { runHook } from './run-hook.ts';
import { seenByProgram, Walk } from './walk.ts';
import type { Outcome, Run } from './walk.ts';

export type { EndOf, Outcome, Resolve } from './walk.ts';

/** What a branch brings along from where it was before. */
export interface Luggage {
  readonly forkIds: ForkIds;
  readonly forks: readonly Fork[];
  /** Connections that this branch has made in this namespace so far. */
  readonly connections: readonly Connection[];
  readonly virtualConnections: readonly VirtualConnection[];
  readonly awaited?: NonNullable<Run['awaited']>;
  readonly isTransparent?: true;
  readonly cameBy?: string;
  readonly isFleeting?: NonNullable<Run['isFleeting']>;
}

/** A process of the namespace sends a packet; with `chosen-by-route` the packet's `src` is filled in. */
export function send(
  ns: NetNS,
  packet: Packet,
  source: 'given' | 'chosen-by-route',
  luggage: Luggage,
): readonly Outcome[] {
  const outcomes: Outcome[] = [];
  const walk = start({ ns, packet, isLocal: true, outcomes }, luggage);
  const program = source === 'chosen-by-route' ? programOfCgroup(ns) : undefined;
  if (program === undefined) output(walk, source);
  else seenByProgram(walk, program);
  return outcomes;
}

/** A frame comes in by one of the namespace's devices. */
export function receive(ns: NetNS, dev: string, frame: Frame, luggage: Luggage): readonly Outcome[] {
  const outcomes: Outcome[] = [];
  // Marks belong to a namespace: veth and the wire clear them (skb_scrub_packet).
  const packet = frame.packet.mark === 0 ? frame.packet : { ...frame.packet, mark: 0 };
  receiveFrame(start({ ns, packet, isLocal: false, outcomes }, luggage), dev, { ...frame, packet });
  return outcomes;
}

/** A packet that a bridge hands from port to port, as netfilter sees it with bridge-nf-call-iptables. */
export interface Bridged {
  readonly packet: Packet;
  readonly bridge: string;
  readonly physIn: string;
  readonly physOut: string;
}

/** Whether the IP hooks let a bridged packet through that conntrack does not look at (neighbour discovery). */
export function passesBridgedHooks(ns: NetNS, { packet, bridge, physIn, physOut }: Bridged): boolean | undefined {
  const devices = { iif: bridge, oif: bridge, physOut, isBridged: true };
  return passes({ ns, packet, isLocal: false }, { physIn }, (walk, done) =>
    runHook(walk, 'prerouting', { iif: bridge, oif: undefined }, (after) => {
      runHook(after, 'forward', devices, (on) => runHook(on, 'postrouting', devices, done));
    }),
  );
}

/** The same for one that the namespace takes itself. */
export function passesInputHooks(ns: NetNS, packet: Packet, iif: string): boolean | undefined {
  const devices = { iif, oif: undefined };
  return passes({ ns, packet, isLocal: false }, { iif }, (walk, done) =>
    runHook(walk, 'prerouting', devices, (after) => runHook(after, 'input', devices, done)),
  );
}

/** The same for one that the namespace's kernel makes. */
export function passesOutputHooks(ns: NetNS, packet: Packet, oif: string): boolean | undefined {
  const devices = { iif: undefined, oif };
  return passes({ ns, packet, isLocal: true }, {}, (walk, done) =>
    runHook(walk, 'output', devices, (after) => runHook(after, 'postrouting', devices, done)),
  );
}

/** Undefined where it is not known whether the packet comes to the end. */
function passes(
  beginning: Omit<Beginning, 'outcomes'>,
  place: { readonly iif?: string; readonly physIn?: string },
  run: (walk: Walk, done: (after: Walk) => void) => void,
): boolean | undefined {
  const outcomes: Outcome[] = [];
  const passed: boolean[] = [];
  const walk = start(
    { ...beginning, outcomes },
    { forkIds: forkIds(), forks: [], connections: [], virtualConnections: [] },
  );
  walk.iif = place.iif;
  walk.physIn = place.physIn;
  // a question comes in as a frame to a group (eth_type_trans), and leaves with the type that every new buffer has
  if (!beginning.isLocal && isMulticast(beginning.packet.dst)) walk.pkttype = 'multicast';
  // one that a rule gave another hop limit is taken for one from elsewhere (ndisc_rcv)
  run(walk, (after) => void passed.push(after.packet.ttl === beginning.packet.ttl));
  const isLost = outcomes.map((outcome) => outcome.kind === 'end' && outcome.ending.verdict === 'unreachable');
  if (!passed.includes(true) && !isLost.includes(false)) return false;
  return outcomes.length === 0 && !passed.includes(false) ? true : undefined;
}

interface Beginning {
  readonly ns: NetNS;
  readonly packet: Packet;
  readonly isLocal: boolean;
  readonly outcomes: Outcome[];
}

function start({ ns, packet, isLocal, outcomes }: Beginning, luggage: Luggage): Walk {
  const { forks, connections, virtualConnections, ...brought } = luggage;
  const emit = (outcome: Outcome): void => void outcomes.push(outcome);
  const run: Run = { ...brought, emit };
  return new Walk({ ns, packet, forks, connections, virtualConnections, isLocal, run });
}
