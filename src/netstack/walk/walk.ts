/** The state of one branch of a packet's walk through one namespace, and how a branch ends. */
import type { IP } from '../../model/address.ts';
import type { Evidence } from '../../model/evidence.ts';
import type { Tuple } from '../../model/flow.ts';
import type { Fork, ForkIds } from '../../model/fork.ts';
import type { Frame, Packet } from '../../model/packet.ts';
import type { Ending, Reason, Verdict } from '../../model/path.ts';
import type { Step, Stage } from '../../model/step.ts';
import { step } from '../../model/step.ts';
import type { Connection, Direction } from '../conntrack/connection.ts';
import type { VirtualConnection } from '../ipvs/connection.ts';
import type { Learned } from '../neighbour/answer.ts';
import type { NetNS } from '../netns.ts';
import type { Assumptions, PacketMeta } from '../netfilter/types.ts';
import type { RouteAnswer } from '../router/types.ts';
import type { ListeningSocket, MissingSection } from '../state.ts';

/** Steps as a list that branches share, one or some at a time: appending copies nothing. */
interface StepList {
  readonly one: Step | undefined;
  readonly some: readonly Step[];
  /** Of these and all before them. */
  readonly count: number;
  readonly before: StepList | undefined;
}

const NO_STEPS: readonly Step[] = [];

/** What conntrack holds of the packet right now. */
export type Tracking =
  | { readonly kind: 'none' }
  | { readonly kind: 'connection'; readonly index: number; readonly direction: Direction; readonly isRelated?: true }
  | { readonly kind: 'untracked' }
  | { readonly kind: 'invalid' };

export const NOT_TRACKED: Tracking = { kind: 'none' };

interface Beginning {
  readonly ns: NetNS;
  readonly run: Run;
  readonly packet: Packet;
  readonly isLocal: boolean;
  readonly forks: readonly Fork[];
  readonly connections: readonly Connection[];
  readonly virtualConnections: readonly VirtualConnection[];
}

const NOTHING_ASSUMED: Assumptions = new Map<string, boolean>();

/**
 * One branch. It changes as the packet goes on, and is copied where the way splits ({@link fork}, {@link collect});
 * what it points to (packet, connections, steps) is never changed. A function that is given a walk owns it: its caller
 * does not look at it again.
 */
export class Walk {
  readonly ns: NetNS;
  readonly run: Run;
  packet: Packet;
  steps: StepList | undefined = undefined;
  forks: readonly Fork[];
  /** Connections that this diagnosis made in this namespace. */
  connections: readonly Connection[];
  /** Those that IPVS made for it. */
  virtualConnections: readonly VirtualConnection[];
  /** IPVS has handled the packet, for this connection, and does not look at it again (skb->ipvs_property). */
  virtual: VirtualConnection | undefined = undefined;
  tracking: Tracking = NOT_TRACKED;
  zone = 0;
  assumed: Assumptions = NOTHING_ASSUMED;
  /** Device that the packet came in by; `lo` for looped packets; absent for locally made ones. */
  iif: string | undefined = undefined;
  physIn: string | undefined = undefined;
  srcMac: string | undefined = undefined;
  pkttype: PacketMeta['pkttype'] = 'host';
  isLocal: boolean;
  route: RouteAnswer | undefined = undefined;
  /** The device that it came in by, where that belongs to a VRF: the VRF's own is `iif` from then on. */
  member: string | undefined = undefined;
  /** Socket that TPROXY chose. */
  tproxy: { readonly address?: IP; readonly port: number } | undefined = undefined;
  /** PREROUTING was already run by the bridge (bridge-nf-call-iptables), ip_rcv does not run it again. */
  isPreroutingDone = false;
  /** How often the packet went round inside this namespace (loopback, tunnels, macvlan). */
  rounds = 0;
  /** For a packet that was made here: as it was made, before any rule touched it. */
  origin: Packet | undefined = undefined;
  /** The tunnel that has just wrapped the packet, and must not get it again. */
  wrapper: string | undefined = undefined;

  constructor({ ns, run, packet, isLocal, forks, connections, virtualConnections }: Beginning) {
    this.ns = ns;
    this.run = run;
    this.packet = packet;
    this.isLocal = isLocal;
    this.forks = forks;
    this.connections = connections;
    this.virtualConnections = virtualConnections;
  }

  copy(run: Run = this.run): Walk {
    const copy = new Walk({
      ns: this.ns,
      run,
      packet: this.packet,
      isLocal: this.isLocal,
      forks: this.forks,
      connections: this.connections,
      virtualConnections: this.virtualConnections,
    });
    copy.virtual = this.virtual;
    copy.steps = this.steps;
    copy.tracking = this.tracking;
    copy.zone = this.zone;
    copy.assumed = this.assumed;
    copy.iif = this.iif;
    copy.physIn = this.physIn;
    copy.srcMac = this.srcMac;
    copy.pkttype = this.pkttype;
    copy.route = this.route;
    copy.member = this.member;
    copy.tproxy = this.tproxy;
    copy.isPreroutingDone = this.isPreroutingDone;
    copy.rounds = this.rounds;
    copy.origin = this.origin;
    copy.wrapper = this.wrapper;
    return copy;
  }

  addStep(one: Step): void {
    this.steps = { one, some: NO_STEPS, count: (this.steps?.count ?? 0) + 1, before: this.steps };
  }

  addSteps(some: readonly Step[]): void {
    this.steps = { one: undefined, some, count: (this.steps?.count ?? 0) + some.length, before: this.steps };
  }

  /** The connection that the packet belongs to now. */
  get connection(): Connection | undefined {
    return this.tracking.kind === 'connection' ? this.connections[this.tracking.index] : undefined;
  }

  /** Puts another value in the connection's place, if the packet has one. */
  setConnection(connection: Connection): void {
    const { tracking } = this;
    if (tracking.kind === 'connection') this.connections = this.connections.with(tracking.index, connection);
  }

  /** Forgets what belonged to the packet outside or inside a tunnel: the other one is a packet of its own. */
  beginAnew(packet: Packet, isLocal: boolean): void {
    this.packet = packet;
    this.isLocal = isLocal;
    this.tracking = NOT_TRACKED;
    this.zone = 0;
    this.isPreroutingDone = false;
    this.rounds += 1;
    this.route = undefined;
    this.iif = undefined;
    this.srcMac = undefined;
    this.physIn = undefined;
    this.member = undefined;
    this.tproxy = undefined;
    this.wrapper = undefined;
  }

  /** Goes on as the outer packet of a tunnel. */
  beginOuter(packet: Packet, tunnel: string): void {
    this.beginAnew(packet, true);
    this.pkttype = 'host';
    this.wrapper = tunnel;
  }
}

/** Shared by all branches of one walk. */
export interface Run {
  readonly forkIds: ForkIds;
  readonly emit: (outcome: Outcome) => void;
  /** The packet belongs to a socket that TPROXY chose, which may send from any address. */
  readonly isTransparent?: true;
  /** ICMPv6: the device that the request came in by, which the route of an echo's answer is asked for with (icmpv6_echo_reply). */
  readonly cameBy?: string;
  /** Whether what was learned of the address need not stay. */
  readonly isFleeting?: (learned: Learned) => boolean;
  /** Set on the way back (and for later packets of the connection): only this socket may take the packet. */
  readonly awaited?: { readonly nsKey: string; readonly tuple: Tuple; readonly what: string };
}

export type Next = (walk: Walk) => void;

interface OutcomeBase {
  readonly packet: Packet;
  readonly steps: readonly Step[];
  readonly forks: readonly Fork[];
  readonly connections: readonly Connection[];
  readonly virtualConnections: readonly VirtualConnection[];
  /** For a packet that was made here: as it was made, before any rule touched it. */
  readonly origin?: Packet | undefined;
  /** The VRF that it came in by: what answers it is bound to that. */
  readonly vrf?: string | undefined;
}

/** How a branch leaves the namespace. */
export type Outcome =
  /** A frame leaves by a device. */
  | (OutcomeBase & { readonly kind: 'transmit'; readonly dev: string; readonly frame: Frame; readonly nextHop?: IP })
  /** The MAC address of the next hop must be asked for on the link first (ARP, NDP); `resume` goes on with it. */
  | (OutcomeBase & {
      readonly kind: 'resolve';
      readonly resolve: Resolve;
      readonly resume: (mac: string) => readonly Outcome[];
      /** Goes on with what is known, where something is and nothing speaks against it. */
      readonly byEntry?: () => readonly Outcome[];
    })
  /** A bridge or tunnel that does not know where the MAC address is sends a copy each way. */
  | (OutcomeBase & { readonly kind: 'flood'; readonly copies: readonly Outcome[] })
  /** A local socket, or the kernel itself (icmp echo), takes the packet. */
  | (OutcomeBase & {
      readonly kind: 'deliver';
      readonly iif: string;
      readonly socket?: ListeningSocket;
      /** TPROXY chose the socket. */
      readonly isTransparent?: true;
    })
  | (OutcomeBase & {
      readonly kind: 'end';
      readonly ending: EndOf;
      /** The sender's own call does not fail: an ICMP error tells it, though the packet has not left. */
      readonly isToldByMessage?: true;
    });

/** An address to be resolved on the link of `dev`, as the asking namespace would. */
export interface Resolve {
  readonly ip: IP;
  readonly dev: string;
  /** Sender address of the request, and the MAC address that asks. */
  readonly sender: IP;
  readonly senderMac: string;
  /** An entry in the neighbour table that says the last try failed. */
  readonly failed?: Evidence | undefined;
  /** If nobody answers, another route is taken from then on. */
  readonly hasOtherRoute?: true;
  /** The MAC address that an entry has, which another answer may replace. */
  readonly known?: string | undefined;
}

export type EndOf = Omit<Ending, 'node'>;

/** How often a packet may go round inside one namespace before it is called a loop. */
export const MOST_ROUNDS = 8;

/** Writes down a step; gives the same walk back. */
export function note(walk: Walk, stage: Stage, detail: string, ...evidence: Evidence[]): Walk {
  walk.addStep(step(stage, detail, ...evidence));
  return walk;
}

function flatten(list: StepList | undefined): readonly Step[] {
  let count = list?.count ?? 0;
  const out = new Array<Step>(count);
  for (let at = list; at !== undefined; at = at.before) {
    const { one, some } = at;
    if (one !== undefined) out[--count] = one;
    else for (let i = some.length - 1; i >= 0; i--) out[--count] = some[i]!;
  }
  return out;
}

/** Ends the branch with what happened to the packet. */
export function end(
  walk: Walk,
  reason: Reason,
  message: string,
  options: {
    evidence?: readonly Evidence[];
    notice?: Ending['notice'];
    verdict?: Verdict;
    fits?: number;
    isToldByMessage?: true;
  } = {},
): void {
  const verdict = options.verdict ?? 'unreachable';
  const notice = options.notice ?? (verdict === 'unreachable' ? 'timeout' : undefined);
  walk.run.emit({
    kind: 'end',
    ...leave(walk),
    ending: {
      verdict,
      reason,
      message,
      evidence: options.evidence ?? [],
      ...(notice === undefined ? {} : { notice }),
      ...(options.fits === undefined ? {} : { fits: options.fits }),
    },
    ...(options.isToldByMessage === true ? { isToldByMessage: true } : {}),
  });
}

/** Ends the branch because something that decides is not known. */
export function unknown(walk: Walk, reason: Reason, message: string, evidence: readonly Evidence[] = []): void {
  end(walk, reason, message, { verdict: 'undetermined', evidence });
}

/** What is attached where the packet comes by: it may do anything to it. */
export function seenByProgram(walk: Walk, attached: Evidence): void {
  unknown(walk, 'unknown-device', `${attached.where ?? attached.raw} sees the packet and is not modelled`, [attached]);
}

export function unknownSection(walk: Walk, missing: MissingSection): void {
  unknown(walk, 'unknown-state', `section ${missing.section} of ${walk.ns.key}: ${missing.reason}`, [
    { kind: 'section', raw: `${missing.section}: ${missing.reason}`, where: walk.ns.key },
  ]);
}

export function leave(walk: Walk): OutcomeBase {
  return {
    packet: walk.packet,
    steps: flatten(walk.steps),
    forks: walk.forks,
    connections: walk.connections,
    virtualConnections: walk.virtualConnections,
    origin: walk.origin,
    vrf: walk.member === undefined ? undefined : walk.iif,
  };
}

/** Runs a part of the walk on its own copy and gives what it ended in. */
export function collect(walk: Walk, go: Next): readonly Outcome[] {
  const outcomes: Outcome[] = [];
  go(walk.copy({ ...walk.run, emit: (outcome) => outcomes.push(outcome) }));
  return outcomes;
}

/** Splits the walk; each option goes on with its own copy and fork entry, all with one id. */
export function fork(
  walk: Walk,
  cause: Fork['cause'],
  options: readonly {
    readonly label: string;
    readonly probability?: number;
    readonly evidence?: Evidence;
    readonly go: Next;
  }[],
): void {
  if (options.length === 1) {
    options[0]!.go(walk);
    return;
  }
  const id = walk.run.forkIds.next();
  for (const [option, { label, probability, evidence, go }] of options.entries()) {
    const branch = walk.copy();
    const entry: Fork = {
      cause,
      id,
      option,
      label,
      ...(probability === undefined ? {} : { probability }),
      ...(evidence === undefined ? {} : { evidence }),
    };
    branch.forks = [...walk.forks, entry];
    go(branch);
  }
}

export function sysctlEvidence(key: string, value: string | number | undefined): Evidence {
  return { kind: 'sysctl', raw: `net.${key.replaceAll('/', '.')} = ${value ?? '(not collected)'}` };
}
