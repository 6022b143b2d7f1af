/** Holds the place and the reason at which skoop says that a packet stops against where the kernel freed it. */
import { assertNever } from '../../src/model/assert-never.ts';
import type { Branch, Leg, Reason } from '../../src/model/index.ts';
import type { ProbeResult } from '../engine.ts';
import type { LabProbe } from '../probes.ts';
import type { SiteDrop } from '../run-case.ts';
import type { Site } from '../site.ts';
import { dropsOf, type Direction, type ProbeDrop } from './of-probe.ts';
import { CALL_ERRORS, PROOFS, UNANSWERED, WRONG_CHECKSUM, type Proof } from './proofs.ts';
import { SILENCES, type Silence } from './silent.ts';

export type StopJudgement =
  | { readonly kind: 'proven' }
  | { readonly kind: 'silent'; readonly name: Silence }
  | { readonly kind: 'wrong'; readonly why: string };

export interface FailedProbe {
  readonly probe: LabProbe;
  readonly result: ProbeResult;
  /** Those of skoop's branches that the result may be. */
  readonly branches: readonly Branch[];
  /** Others that stop: a packet that is sent once more may take another way each time. */
  readonly others: readonly Branch[];
}

export function judgeStop(site: Site, failed: FailedProbe, drops: readonly SiteDrop[]): StopJudgement {
  const { probe, result, branches } = failed;
  const mine = dropsOf(probe, result, drops);
  if (branches.some((branch) => isProven(site, failed, branch, mine))) return { kind: 'proven' };
  const answered = mine.filter(({ direction }) => direction === 'reply');
  const silence =
    answered.length > 0
      ? undefined
      : SILENCES.find((row) => branches.some((branch) => row.applies(branch, probe) && !contradicts(mine, branch)));
  if (silence !== undefined) return { kind: 'silent', name: silence.name };
  const skoop = branches.map((branch) => `${direction(branch)} ${legOf(branch).ending.reason} at ${place(branch)}`);
  return {
    kind: 'wrong',
    why: `${result.result}, and the kernel frees it ${mine.map(describe).join(' and ') || 'nowhere'}; skoop: ${[...new Set(skoop)].join(' or ') || 'nothing that fits'}`,
  };
}

/**
 * What skoop leaves open: the packet, if it was lost, must have come to the end of what skoop knows, and one that it says
 * may stop here must have stopped here. `unseen` where the kernel freed nothing, or skoop names no place.
 */
export function judgeOpen(
  site: Site,
  failed: FailedProbe,
  drops: readonly SiteDrop[],
): 'seen' | 'unseen' | { readonly why: string } {
  const { probe, result, branches } = failed;
  const mine = dropsOf(probe, result, drops);
  if (mine.length === 0 || branches.length === 0 || !branches.every(hasPlace)) return 'unseen';
  const sorted = mine.toSorted(byTime);
  const isAtEdge = (branch: Branch): boolean => {
    const own = sorted.filter((one) => one.direction === direction(branch));
    const first = sorted.find((one) => !isCopy(one));
    // what the outside does with a packet that it got, answer it for one, is its own affair
    if (
      legOf(branch).ending.reason === 'outside' &&
      direction(branch) === 'forward' &&
      first !== undefined &&
      (first.direction === 'reply' || isLater(first))
    )
      return true;
    // what is dropped the other way after a copy was is the packet sent once more
    if (branch.verdict !== 'undetermined' || own[0] === undefined) return false;
    // it came to where nobody looks, whatever became of its copies in a flood
    if (own.some(isBeyond)) return true;
    const isResent = first !== undefined && first.direction !== direction(branch) && byTime(own[0], first) < 0;
    const stop = isResent ? own.find((one) => !isCopy(one)) : first;
    // every copy was for somebody else
    if (stop === undefined) return true;
    if (stop.direction !== direction(branch)) return false;
    return isBeyond(stop) || (UNANSWERED.some((proof) => isOf(stop, proof)) && isLastHop(site, branch, stop));
  };
  if (branches.some((branch) => isAtEdge(branch) || isProven(site, failed, branch, mine))) return 'seen';
  const skoop = branches.map((branch) => `${direction(branch)} ${legOf(branch).ending.reason} at ${place(branch)}`);
  return {
    why: `${result.result}, and the kernel frees it ${mine.map(describe).join(' and ')}; skoop leaves open: ${[...new Set(skoop)].join(' or ')}`,
  };
}

/** Not the SYN: it has been answered. */
const isLater = ({ drop: { packet } }: ProbeDrop): boolean =>
  packet.kind === 'tcp' && packet.acknowledges !== undefined;

const hasPlace = (branch: Branch): boolean =>
  branch.verdict === 'unreachable' || ['outside', 'wrong-neighbour'].includes(legOf(branch).ending.reason);

const isBeyond = ({ drop }: ProbeDrop): boolean => drop.in === 'outside' || drop.in === 'lan';

function isLastHop(site: Site, branch: Branch, { drop }: ProbeDrop): boolean {
  const hops = legOf(branch).hops.map((hop) => namespaceIn(site, hop.node));
  return hops.findLast((hop) => hop !== 'outside') === drop.in;
}

function isProven(site: Site, failed: FailedProbe, branch: Branch, mine: readonly ProbeDrop[]): boolean {
  const { probe, result, others } = failed;
  const leg = legOf(branch);
  // the sender's own call failed at once: the packet, if there was one, has not left its namespace
  if (result.stage === 'call')
    return branch.reply === undefined && namespaceIn(site, place(branch)) === probe.probe.from;
  // a server that is told so by its own call has no way to answer
  if (result.unanswered !== undefined && mine.length === 0)
    return (
      branch.reply?.hops.length === 1 &&
      namespaceIn(site, place(branch)) === result.unanswered.in &&
      CALL_ERRORS[leg.ending.reason]?.includes(result.unanswered.error) === true
    );
  // what is dropped later is an answer to the drop, or the packet sent once more
  const first = mine
    .toSorted(byTime)
    .filter((one) => proves(site, branch, one) || !others.some((other) => proves(site, other, one)))
    .filter((one) => !isOwnReset(branch, one))
    .find((one) => proves(site, branch, one) || !isCopy(one));
  return first !== undefined && proves(site, branch, first);
}

const ANSWERED_BY_RESET: ReadonlySet<Reason> = new Set(['connection-refused', 'rejected', 'nat-failed']);

/** The reset that answers what no socket takes or a rule rejects: it may be dropped somewhere before that is freed. */
function isOwnReset(branch: Branch, { drop, direction: way }: ProbeDrop): boolean {
  return (
    ANSWERED_BY_RESET.has(legOf(branch).ending.reason) &&
    way !== direction(branch) &&
    drop.packet.kind === 'tcp' &&
    drop.packet.isReset
  );
}

function proves(site: Site, branch: Branch, one: ProbeDrop): boolean {
  const leg = legOf(branch);
  return (
    one.direction === direction(branch) &&
    proofsOf(leg.ending).some((proof) => isOf(one, proof) && placesOf(site, leg, proof).includes(one.drop.in))
  );
}

function proofsOf({ reason, message }: Leg['ending']): readonly Proof[] {
  const proofs = PROOFS[reason] ?? [];
  return message.includes('a wrong UDP checksum') ? [...proofs, ...WRONG_CHECKSUM] : proofs;
}

const byTime = (one: ProbeDrop, other: ProbeDrop): number => (one.drop.at < other.drop.at ? -1 : 1);

/** A bridge that floods gives a copy to every port, and those that it is not for drop theirs. */
const isCopy = ({ drop }: ProbeDrop): boolean => drop.reason === 'OTHERHOST';

const contradicts = (mine: readonly ProbeDrop[], branch: Branch): boolean =>
  mine.some((one) => !isCopy(one) && !(one.drop.location === 'icmpv6_rcv' && one.drop.in === place(branch)));

const isOf = ({ drop }: ProbeDrop, { kernel, by }: Proof): boolean =>
  drop.reason === kernel && (by === undefined || drop.location.startsWith(by));

function placesOf(site: Site, leg: Leg, proof: Proof): readonly string[] {
  const there = namespaceIn(site, leg.ending.node);
  const hops = leg.hops.map((hop) => namespaceIn(site, hop.node));
  const { place: where = 'there' } = proof;
  switch (where) {
    case 'there':
      return [there];
    case 'before':
      return [hops.findLast((hop) => hop !== there) ?? there];
    case 'wire':
      return ['lan', there, hops.at(-2) ?? there];
    case 'circle':
      return hops;
    case 'beyond':
      return ['outside', 'lan'];
    case 'anywhere':
      return [...site.nodes.map((node) => node.name), ...site.pods.map((pod) => pod.id), 'outside'];
    default:
      return assertNever(where);
  }
}

/** What is not a pod or a node is the one client outside, by whatever address. */
function namespaceIn(site: Site, node: string): string {
  const isInside = site.nodes.some((one) => one.name === node) || site.pods.some((pod) => pod.id === node);
  return isInside ? node : 'outside';
}

const legOf = (branch: Branch): Leg => branch.established ?? branch.reply ?? branch.forward;
const place = (branch: Branch): string => legOf(branch).ending.node;
const direction = (branch: Branch): Direction => {
  if (branch.established !== undefined) return isServers(branch, branch.established) ? 'reply' : 'forward';
  return branch.reply === undefined ? 'forward' : 'reply';
};

/** Whether it is the server that sends the later packet: then it begins as the answer did. */
function isServers({ reply }: Branch, { hops }: Leg): boolean {
  const answer = reply?.hops[0]?.packet;
  const later = hops[0]?.packet;
  return answer !== undefined && later !== undefined && answer.sport.min === later.sport.min;
}

const describe = ({ drop, direction: way }: ProbeDrop): string =>
  `in ${drop.in} (${way}, ${drop.reason} by ${drop.location}: ${drop.packet.text})`;
