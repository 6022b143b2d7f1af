/** What the sender learns of an ending: the error is walked back. */
import { sameIP } from '../model/address.ts';
import { PROTOCOL } from '../model/packet.ts';
import type { Ending } from '../model/path.ts';
import { errorAbout, resetFor } from './first-packet.ts';
import { inPhase, isAnswer } from './journey.ts';
import type { Journey } from './journey.ts';
import { luggageOf, withoutNotice } from './walk.ts';
import type { Stay, Told, Walk } from './walk.ts';

/**
 * What the sender learns of an ending: the reset or ICMP error is walked back, and where it gets lost the sender
 * only hears silence. What ends on the way back is told to the server, not to the client.
 */
export async function toldOf(walk: Walk, ending: Ending, { outcome, visit, journey }: Stay): Promise<Ending> {
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
  return walkedBack(walk, ending, { packet: error, at, source, vrf: outcome.vrf }, telling);
}

/** Sends the error from where the packet ended; the ending has a notice where it surely comes to whom it is for. */
export async function walkedBack(
  walk: Walk,
  ending: Ending,
  { packet: error, at, source, vrf }: Told,
  telling: Journey,
): Promise<Ending> {
  const outcomes = at.send(error, source, {
    ...luggageOf(walk, telling, at),
    // a rule's reset bears the address that was asked, whoever has it
    ...(ending.reason === 'rejected' ? { isTransparent: true } : {}),
    ...(vrf === undefined ? {} : { cameBy: vrf }),
  });
  const before = walk.branches;
  const branches = await walk.handleAll(outcomes, { at, packet: error, journey: telling });
  walk.branches = before;
  if (branches.every((branch) => branch.verdict === 'reachable')) return ending;
  if (branches.every((branch) => branch.verdict === 'unreachable')) return { ...ending, notice: 'timeout' };
  return withoutNotice(ending);
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
