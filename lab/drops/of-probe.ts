/** Which drops are of one probe's packets, and in which direction they went. */
import type { ProbeResult } from '../engine.ts';
import type { LabProbe } from '../probes.ts';
import type { SiteDrop } from '../run-case.ts';

export type Direction = 'forward' | 'reply';

export interface ProbeDrop {
  readonly drop: SiteDrop;
  readonly direction: Direction;
}

export function dropsOf(probe: LabProbe, result: ProbeResult, drops: readonly SiteDrop[]): readonly ProbeDrop[] {
  return drops.flatMap((drop) => {
    const direction = directionOf(drop, probe, result);
    return direction === undefined ? [] : [{ drop, direction }];
  });
}

/** Packets of a connection that opened are within what the probe may have sent by then. */
const WITHIN = 70_000;

function directionOf(
  { packet }: SiteDrop,
  { probe }: LabProbe,
  { sequence, stage, token }: ProbeResult,
): Direction | undefined {
  if (packet.kind !== probe.protocol) return undefined;
  if (packet.kind !== 'tcp')
    return packet.token !== (packet.kind === 'icmp' ? token! & 0xffff : token)
      ? undefined
      : packet.isAnswer
        ? 'reply'
        : 'forward';
  if (sequence === undefined) return undefined;
  const within = stage === 'open' ? WITHIN : 1;
  if ((packet.sequence - sequence) >>> 0 <= within) return 'forward';
  if (packet.acknowledges === undefined) return undefined;
  const answered = (packet.acknowledges - sequence) >>> 0;
  return answered >= 1 && answered <= within ? 'reply' : undefined;
}
