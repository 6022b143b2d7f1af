import { describe, expect, it } from 'vitest';
import type { Branch, Ending } from '../../src/model/path.ts';
import { endingFindings } from '../../src/diagnostor/findings.ts';

function branch(ending: Partial<Ending> & Pick<Ending, 'reason'>): Branch {
  const whole: Ending = { verdict: 'unreachable', node: 'shop/api', message: 'it ends', evidence: [], ...ending };
  return { forward: { hops: [], ending: whole }, forks: [], verdict: whole.verdict, reason: whole.reason };
}

const socket = (where: string) => ({
  kind: 'socket' as const,
  raw: 'tcp LISTEN 0 4096 127.0.0.1:8080 0.0.0.0:*',
  where,
});

const ROWS: readonly [string, Branch, string][] = [
  ['a rule that drops', branch({ reason: 'dropped' }), 'PACKET_DROPPED 3'],
  [
    'a port that nobody has',
    branch({ reason: 'connection-refused', evidence: [socket('listens, on another port')] }),
    'CONNECTION_REFUSED 3',
  ],
  [
    'a server on loopback only',
    branch({ reason: 'connection-refused', evidence: [socket('has the port, but does not take this packet')] }),
    'SOCKET_WRONG_ADDRESS 3',
  ],
  ['a full accept queue', branch({ reason: 'dropped', evidence: [socket('')] }), 'LISTEN_QUEUE_FULL 3'],
  [
    'a pod without a namespace in the dump',
    branch({
      reason: 'unknown-state',
      verdict: 'undetermined',
      message: 'the dump of node-a has no namespace of pod shop/api',
    }),
    'POD_NAMESPACE_MISSING 0',
  ],
  ['a section that is missing', branch({ reason: 'unknown-state', verdict: 'undetermined' }), 'STATE_MISSING 0'],
];

describe('the finding of an ending', () => {
  it.each(ROWS)('%s', (_, ended, expected) => {
    expect(endingFindings([ended], ended.reason).map(({ code, level }) => `${code} ${level}`)).toEqual([expected]);
  });
});
