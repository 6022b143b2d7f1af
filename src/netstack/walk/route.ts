/** Asks the router and carries on with every answer that the kernel may choose. */
import { step } from '../../model/step.ts';
import type { RouteAnswer } from '../router/types.ts';
import type { Walk } from './walk.ts';
import { fork, unknown, unknownSection } from './walk.ts';

type Follow = (walk: Walk, answer: RouteAnswer, index: number) => void;

/** The routing decision for the packet as it is now. */
export function withRoute(walk: Walk, options: { readonly iif: string; readonly oif?: string }, next: Follow): void {
  const { router } = walk.ns;
  if (!router.ok) return unknownSection(walk, router.missing);
  const { src, dst, mark, tos, protocol, sport, dport } = walk.packet;
  followAnswers(
    walk,
    router.value.lookup({ dst, src, ...options, isOifHint: true, mark, tos, protocol, sport, dport }),
    next,
  );
}

/** Splits the walk over the router's answers. */
export function followAnswers(walk: Walk, answers: readonly RouteAnswer[], next: Follow): void {
  if (answers.length === 1) return followOne(walk, answers[0]!, 0, next);
  fork(
    walk,
    'choice',
    answers.map((answer, index) => ({
      label: `multipath picks ${answer.nexthopIp?.text ?? ''} dev ${answer.dev ?? '?'}`,
      ...(answer.probability === undefined ? {} : { probability: answer.probability }),
      go: (branch) => followOne(branch, answer, index, next),
    })),
  );
}

function followOne(walk: Walk, answer: RouteAnswer, index: number, next: Follow): void {
  if (answer.kind !== 'unknown') {
    walk.route = answer;
    walk.addStep(step('route', describe(answer), ...answer.evidence));
    return next(walk, answer, index);
  }
  const reason = answer.reason ?? 'a route or policy rule is not understood';
  const { alternatives } = answer;
  if (alternatives === undefined || alternatives.length === 0)
    return unknown(walk, 'unknown-rule', reason, answer.evidence);
  fork(
    walk,
    'ignorance',
    alternatives.map((alternative) => ({
      label: `${reason}: ${describe(alternative)}`,
      go: (branch) => followOne(branch, alternative, -1, next),
    })),
  );
}

function describe(answer: RouteAnswer): string {
  switch (answer.kind) {
    case 'unicast':
      return answer.nexthop?.via === undefined
        ? `on the link of ${answer.dev ?? '?'}`
        : `via ${answer.nexthop.via.text} dev ${answer.dev ?? '?'}`;
    case 'local':
      return 'a local address';
    case 'none':
      return 'no route matches';
    default:
      return `${answer.kind} route`;
  }
}
