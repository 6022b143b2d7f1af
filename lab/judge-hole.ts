/** Whether skoop finds by itself, without being asked for a size, that large packets get lost. */
import type { PacketPath } from '../src/model/index.ts';
import type { ProbeResult } from './engine.ts';

/** `path`: of the question without a size; why it is wrong. */
export function missedHole(results: readonly ProbeResult[], path: PacketPath): string | undefined {
  const findings = [...path.suspicions, ...path.nodes.flatMap(({ suspicions }) => suspicions)];
  const isFound = findings.some(({ code }) => code === 'PMTU_BLACK_HOLE');
  const hangs = results.every(({ result, stage }) => result === 'timeout' && stage === 'open');
  const isThrough = results.every(({ result }) => result === 'open');
  if (isThrough && isFound) return 'large packets come through, and skoop finds that they are lost';
  // a rule that stops every later packet, large or small, is found as what it is
  if (hangs && !isFound && path.verdict === 'reachable')
    return 'large packets are lost, and skoop does not find it by itself';
  return undefined;
}
