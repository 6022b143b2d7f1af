import { describe, expect, it } from 'vitest';
import type { Fork } from '../../src/model/fork.ts';
import type { Branch, Ending, Verdict } from '../../src/model/path.ts';
import { joinBranches } from '../../src/diagnostor/verdict.ts';

/** `c1.0` is option 0 of choice 1, `i2.1` option 1 of ignorance 2. */
function branch(
  path: string,
  verdict: Verdict,
  reason: Ending['reason'] = verdict === 'reachable' ? 'ok' : verdict === 'unreachable' ? 'dropped' : 'unknown-rule',
): Branch {
  const forks = path
    .split(' ')
    .filter((word) => word !== '')
    .map((word): Fork => {
      const [id, option] = word.slice(1).split('.').map(Number);
      return { cause: word.startsWith('c') ? 'choice' : 'ignorance', id: id!, option: option!, label: word };
    });
  const ending: Ending = { verdict, reason, node: 'node-a', message: reason, evidence: [] };
  return { forward: { hops: [], ending }, forks, verdict, reason };
}

const ROWS: readonly [string, readonly Branch[], string][] = [
  ['one branch is its own verdict', [branch('', 'reachable')], 'reachable ok'],
  ['two endpoints that both answer', [branch('c1.0', 'reachable'), branch('c1.1', 'reachable')], 'reachable ok'],
  [
    'one of two endpoints refuses',
    [branch('c1.0', 'reachable'), branch('c1.1', 'unreachable', 'connection-refused')],
    'unreachable intermittent',
  ],
  [
    'both endpoints refuse',
    [branch('c1.0', 'unreachable', 'connection-refused'), branch('c1.1', 'unreachable', 'connection-refused')],
    'unreachable connection-refused',
  ],
  [
    'an unknown rule that decides',
    [branch('i1.0', 'reachable'), branch('i1.1', 'unreachable')],
    'undetermined unknown-rule',
  ],
  [
    'an unknown rule that changes nothing',
    [branch('i1.0', 'unreachable'), branch('i1.1', 'unreachable')],
    'unreachable dropped',
  ],
  [
    'an unknown rule before a port that nobody serves',
    [branch('i1.0', 'unreachable', 'rejected'), branch('i1.1', 'unreachable', 'connection-refused')],
    'unreachable rejected',
  ],
  [
    'one endpoint fails for sure, the other is not known',
    [branch('c1.0', 'unreachable'), branch('c1.1 i2.0', 'reachable'), branch('c1.1 i2.1', 'unreachable')],
    'unreachable intermittent',
  ],
  [
    'one endpoint answers, the other is not known',
    [branch('c1.0', 'reachable'), branch('c1.1', 'undetermined')],
    'undetermined unknown-rule',
  ],
  [
    'one choice after another',
    [
      branch('c1.0', 'unreachable', 'blackhole'),
      branch('c1.1 c2.0', 'reachable'),
      branch('c1.1 c2.1', 'unreachable', 'no-route'),
    ],
    'unreachable intermittent',
  ],
  [
    'a choice inside of an ignorance',
    [branch('i1.0 c2.0', 'reachable'), branch('i1.0 c2.1', 'unreachable'), branch('i1.1', 'unreachable')],
    'unreachable intermittent',
  ],
];

describe('the branches of a walk join to', () => {
  it.each(ROWS)('%s', (_, branches, expected) => {
    const { verdict, reason } = joinBranches(branches);
    expect(`${verdict} ${reason}`).toBe(expected);
  });
});
