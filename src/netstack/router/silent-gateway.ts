/**
 * What an IPv6 host does about gateways that do not answer: it passes over one whose neighbour entry has failed
 * (rt6_score_route, find_match), until something sends to it again and its entry is none that has failed for a while.
 */
import type { Nexthop } from '../state.ts';
import { bothAnswers, sameAnswers } from './answer.ts';
import type { NeighbourStates } from './neighbour-state.ts';
import type { RouteAnswer } from './types.ts';

export interface Gateways {
  readonly neighbours: NeighbourStates;
  /** A gateway of any route has failed. */
  readonly hasFailedOne: boolean;
  /** The answers if other gateways had failed than do now. */
  readonly ask: (hasFailed: (nexthop: Nexthop) => boolean) => readonly RouteAnswer[];
}

export function pastSilentGateways(
  answers: readonly RouteAnswer[],
  { neighbours, hasFailedOne, ask }: Gateways,
): readonly RouteAnswer[] {
  const { hasFailed, isUnasked } = neighbours;
  const either = hasFailedOne
    ? bothAnswers(
        answers,
        ask(() => false),
        'a gateway has not answered, and may be asked again',
      )
    : answers;
  if (!either.some(isByUnasked)) return either;
  const yields = (answer: RouteAnswer, { dev, via }: Nexthop): boolean =>
    !sameAnswers(
      [answer],
      ask((other) => hasFailed(other) || (other.dev === dev && other.via?.text === via?.text)),
    );
  return either.map((answer) =>
    isByUnasked(answer) && yields(answer, answer.nexthop!) ? { ...answer, yieldsIfSilent: true } : answer,
  );

  function isByUnasked({ nexthop }: RouteAnswer): boolean {
    return nexthop !== undefined && isUnasked(nexthop);
  }
}
