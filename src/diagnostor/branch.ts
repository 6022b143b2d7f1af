/** Makes a Branch out of a journey that has ended. */
import { formatHostPort } from '../model/address.ts';
import type { Evidence } from '../model/evidence.ts';
import { formatPorts } from '../model/packet.ts';
import type { Branch, Ending, Hop, Leg } from '../model/path.ts';
import type { Journey } from './journey.ts';

export function branchOf(journey: Journey, ending: Ending): Branch {
  const { phase, hops, forks, served } = journey;
  const legOf = (leg: Journey['phase']): Leg => ({
    hops: hops[leg],
    ending: leg === phase ? ending : okEnding(hops[leg], ending, leg === 'forward' ? served?.evidence : undefined),
  });
  const probability = forks.every((fork) => fork.cause === 'ignorance' || fork.probability !== undefined)
    ? forks.reduce((share, fork) => share * (fork.probability ?? 1), 1)
    : undefined;
  return {
    forward: legOf('forward'),
    ...(phase === 'forward' ? {} : { reply: legOf('reply') }),
    ...((phase === 'established' || phase === 'answered') && ending.reason !== 'ok'
      ? { established: legOf(phase) }
      : {}),
    forks,
    ...(probability === undefined ? {} : { probability }),
    verdict: ending.verdict,
    reason: ending.reason,
    ...(served === undefined ? {} : { seenByServer: seenByServer(served.packet) }),
  };
}

function seenByServer({
  src,
  sport,
  dst,
  dport,
}: NonNullable<Journey['served']>['packet']): NonNullable<Branch['seenByServer']> {
  return { from: formatHostPort(src, formatPorts(sport)), at: formatHostPort(dst, formatPorts(dport)) };
}

/** A leg that is followed by another one has arrived. */
function okEnding(hops: readonly Hop[], last: Ending, evidence: readonly Evidence[] = []): Ending {
  const node = hops.at(-1)?.node ?? last.node;
  return { verdict: 'reachable', reason: 'ok', node, message: `${node} takes the packet`, evidence };
}
