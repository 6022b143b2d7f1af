/** The sentence that a verdict stands in, and what decided it. */
import type { Question } from '../model/endpoint.ts';
import { formatHostPort } from '../model/address.ts';
import type { Evidence } from '../model/evidence.ts';
import type { Branch } from '../model/path.ts';
import { endingOf } from './findings.ts';
import type { Joined } from './verdict.ts';

export function summarize(question: Question, branches: readonly Branch[], joined: Joined): string {
  const what = `${question.src.id} → ${nameOf(question)} (${question.protocol})`;
  const deciding = decidingBranches(branches, joined)[0];
  const way =
    deciding?.established !== undefined
      ? ', on a later packet of the connection'
      : deciding?.reply === undefined
        ? ''
        : ', on the way back';
  switch (joined.verdict) {
    case 'reachable':
      return `${what} is reachable${branches.length > 1 ? `, on each of ${branches.length} ways` : ''}.`;
    case 'unreachable': {
      if (joined.reason === 'intermittent')
        return `${what} is intermittent: ${branches.filter((branch) => branch.verdict === 'reachable').length} of ${branches.length} ways succeed.`;
      return `${what} is unreachable${way}: ${deciding === undefined ? joined.reason : endingOf(deciding).message}.`;
    }
    case 'undetermined':
      return `${what} is undetermined${way}: ${deciding === undefined ? joined.reason : endingOf(deciding).message}.`;
  }
}

/** Evidence of the endings that made the verdict, each once. */
export function decidedBy(
  branches: readonly Branch[],
  joined: Joined,
): readonly { readonly node: string; readonly evidence: Evidence }[] {
  const seen = new Map<string, { readonly node: string; readonly evidence: Evidence }>();
  for (const branch of decidingBranches(branches, joined)) {
    // A good branch rests on the socket that took its first packet.
    const { node, evidence } = branch.verdict === 'reachable' ? branch.forward.ending : endingOf(branch);
    for (const each of evidence) seen.set(`${node} ${each.where ?? ''} ${each.raw}`, { node, evidence: each });
    // Where the branch rests on something unknown, that is what decides.
    for (const fork of branch.forks) {
      if (fork.cause === 'ignorance' && fork.evidence !== undefined && joined.verdict === 'undetermined')
        seen.set(`${fork.id}`, { node, evidence: fork.evidence });
    }
  }
  return [...seen.values()];
}

function decidingBranches(branches: readonly Branch[], joined: Joined): readonly Branch[] {
  const same = branches.filter((branch) => branch.verdict === joined.verdict);
  if (same.length > 0) return same;
  return branches.filter((branch) => branch.verdict !== 'reachable');
}

function nameOf(question: Question): string {
  const { dst, port, protocol } = question;
  const where = protocol === 'icmp' ? dst.ip.text : formatHostPort(dst.ip, port);
  return dst.id === dst.ip.text ? where : `${dst.id} at ${where}`;
}
