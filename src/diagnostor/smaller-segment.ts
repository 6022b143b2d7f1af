/** A segment that is too large is sent again in a smaller size, where its sender is told of it. */
import type { Branch, Ending } from '../model/path.ts';
import { acknowledge, continueAsClient } from './conversation.ts';
import { errorAbout } from './first-packet.ts';
import { inPhase, isAnswer } from './journey.ts';
import { withSmaller } from './segment.ts';
import { walkedBack } from './told.ts';
import { finish, withoutNotice } from './walk.ts';
import type { Stay, Told, Walk } from './walk.ts';

/** A segment was too large: one that fits is sent, where the sender is told. Undefined where it never is. */
export async function resent(walk: Walk, ending: Ending, stay: Stay): Promise<readonly Branch[] | undefined> {
  const { journey, outcome } = stay;
  const told = isAnswer(journey.phase) ? await toldToServer(walk, ending, stay) : ending;
  if (told.notice === undefined) return [finish(walk, journey, { ...withoutNotice(ending), verdict: 'undetermined' })];
  const { fits } = ending;
  const { answered } = journey.segment ?? {};
  if (told.notice !== 'EMSGSIZE' || fits === undefined || fits >= outcome.packet.length) return undefined;
  const smaller = withSmaller(journey, fits);
  if (!isAnswer(journey.phase)) return continueAsClient(walk, smaller);
  return answered === undefined ? undefined : acknowledge(walk, smaller, answered.at, answered.last);
}

/** The ICMP error about a packet of the server's. */
async function toldToServer(walk: Walk, ending: Ending, { outcome, visit, journey }: Stay): Promise<Ending> {
  if (visit.ingress === undefined) return { ...ending, notice: 'EMSGSIZE' };
  const told: Ending = { ...ending, notice: 'EMSGSIZE' };
  const packet = errorAbout(outcome.packet, undefined, ending);
  const error: Told = { packet, at: visit.at, source: 'chosen-by-route', vrf: outcome.vrf };
  return walkedBack(walk, told, error, { ...inPhase(journey, 'established'), isError: true });
}
