/** Which packet of a connection decided a branch: the first, its answer, or the client's next one. */
import type { Branch, Ending, Leg } from '../../model/path.ts';

/** `there`: the first packet. `back`: its answer. `later`: the client's next packet, shown only where it is the one that fails. */
export type Direction = 'there' | 'back' | 'later';

export const DIRECTION_PHRASES: Readonly<Record<Direction, string>> = {
  there: '',
  back: 'on the way back',
  later: 'on a later packet of the connection',
};

export function decidingDirection({ reply, established }: Branch): Direction {
  if (established !== undefined) return 'later';
  return reply === undefined ? 'there' : 'back';
}

export function decidingEnding(branch: Branch): Ending {
  return endingOf(branch, decidingDirection(branch));
}

/** The leg of a direction, or the one before it where there is none. */
export function endingOf({ forward, reply, established }: Branch, direction: Direction): Ending {
  const leg: Leg | undefined = direction === 'later' ? (established ?? reply) : direction === 'back' ? reply : forward;
  return (leg ?? forward).ending;
}

/** `, on the way back`, if all of the branches that fail do so there; '' otherwise. */
export function directionSuffix(branches: readonly Branch[]): string {
  const directions = new Set(branches.filter(({ verdict }) => verdict !== 'reachable').map(decidingDirection));
  const [only] = directions;
  return directions.size !== 1 || only === 'there' ? '' : `, ${DIRECTION_PHRASES[only!]}`;
}
