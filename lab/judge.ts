/** Holds what the kernel did with a probe against what skoop says it would do. */
import type { Branch, PacketPath } from '../src/model/index.ts';
import type { ProbeResult } from './engine.ts';
import type { LabProbe } from './probes.ts';

export type Judgement =
  | { readonly kind: 'agree' }
  /** The verdict is right, but the kernel was silent where skoop says that it tells the sender: it may have rationed. */
  | { readonly kind: 'rationed'; readonly why: string }
  | { readonly kind: 'undetermined'; readonly why: string }
  | { readonly kind: 'disagree'; readonly why: string };

/** `seesArrivals`: whether `arrived` was watched for; a recording from elsewhere may not have it. */
export function judge(
  probe: LabProbe,
  results: readonly ProbeResult[],
  path: PacketPath,
  { seesArrivals }: { readonly seesArrivals: boolean },
): Judgement {
  if (path.verdict === 'undetermined')
    return judgeEdge(probe, results, path) ?? { kind: 'undetermined', why: endings(path) };
  if (probe.kind === 'large' && probe.probe.protocol === 'tcp') return judgeStream(results, path);
  const isOpen = results.map((result) => result.result === 'open');
  if (path.verdict === 'reachable' && !isOpen.every(Boolean)) return disagree(results, path, 'reachable');
  if (path.verdict === 'unreachable' && path.reason !== 'intermittent' && isOpen.some(Boolean))
    return disagree(results, path, 'unreachable');
  const strange = results.filter(
    (result) => !path.branches.some((branch) => fits(result, probe, branch, { seesArrivals })),
  );
  const wrong = strange.find((result) => !isRationed(result, probe, path));
  if (wrong !== undefined) return disagree(results, path, mismatch(wrong, probe, path));
  return strange[0] === undefined
    ? { kind: 'agree' }
    : { kind: 'rationed', why: told(results, path, mismatch(strange[0], probe, path)) };
}

/** A packet that leaves the cluster: skoop does not know the rest, but the address that it leaves with. Undefined: nothing speaks against it. */
function judgeEdge(probe: LabProbe, results: readonly ProbeResult[], path: PacketPath): Judgement | undefined {
  if (!path.branches.every((branch) => branch.forward.ending.reason === 'outside')) return undefined;
  if (probe.probe.from === 'outside') return undefined;
  const sources = path.branches.map((branch) => {
    const last = branch.forward.hops.at(-1);
    const id = last?.nodeType === 'external' ? last.ingress : last?.egress;
    return path.links.find((link) => link.id === id)?.packet.src.text;
  });
  const wrong = results.some((result) => result.saw !== undefined && !sources.includes(addressOf(result.saw)));
  return wrong
    ? disagree(results, path, `it leaves the cluster with the source ${sources.join(' or ') || '(none)'}`)
    : undefined;
}

/** A stream adapts to the path's MTU where it is told of it; else it hangs after its handshake. */
function judgeStream(results: readonly ProbeResult[], path: PacketPath): Judgement {
  const isThrough = results.every((result) => result.result === 'open');
  if (isThrough && path.verdict === 'unreachable' && path.reason !== 'intermittent')
    return disagree(results, path, 'full-sized packets are lost in silence');
  if (!isThrough && path.verdict === 'reachable') return disagree(results, path, 'full-sized packets come through');
  const hangs = results.some((result) => result.result !== 'open' && result.stage === 'open');
  if (hangs && !path.branches.some((branch) => branch.established !== undefined))
    return disagree(results, path, 'the handshake fails');
  return { kind: 'agree' };
}

/** What the sender's connect call gives on a branch; undefined where skoop does not say. */
export function expected(branch: Branch): string | undefined {
  if (branch.verdict === 'reachable') return 'open';
  if (branch.verdict === 'undetermined') return undefined;
  // the call has succeeded already: what ends the connection later may be silence, a reset or an error
  if (branch.established !== undefined) return undefined;
  // whoever stops the answer tells the server, not the client
  return branch.reply === undefined ? branch.forward.ending.notice : 'timeout';
}

/** `allowsSilence`: the kernel may have rationed the error that the branch ends with. */
export function fits(
  result: ProbeResult,
  probe: LabProbe,
  branch: Branch,
  { seesArrivals, allowsSilence = false }: { readonly seesArrivals: boolean; readonly allowsSilence?: boolean },
): boolean {
  const notice = expected(branch);
  // only a socket that asks for errors is told, and only where the neighbour's address was known already
  const isFull = notice === 'timeout' && result.result === 'ENOBUFS' && branch.reply === undefined;
  const isRationed = allowsSilence && notice !== 'open' && result.result === 'timeout';
  // what the kernel sent once more belongs to a connection that has begun, and may get another answer
  const isLate = notice === 'timeout' && result.resent === true && result.result !== 'open';
  if (notice !== undefined && notice !== result.result && !isRationed && !isLate && !isFull) return false;
  if (notice === undefined && result.result === 'open' && branch.verdict !== 'undetermined') return false;
  if (seesArrivals && !sameDirection(result, probe, branch)) return false;
  if (
    result.saw !== undefined &&
    branch.seenByServer !== undefined &&
    addressOf(result.saw) !== addressOf(branch.seenByServer.from)
  )
    return false;
  if (result.at !== undefined && branch.seenByServer !== undefined && result.at !== addressOf(branch.seenByServer.at))
    return false;
  return true;
}

/** Whether the failure lies on the way there or on the way back. Every UDP arrival is seen; of TCP those whose source port was kept. */
function sameDirection(result: ProbeResult, probe: LabProbe, branch: Branch): boolean {
  if (result.result === 'open') return true;
  const hasArrived = branch.reply !== undefined;
  // whether it arrives is what is not known
  if (!hasArrived && branch.verdict === 'undetermined') return true;
  if (result.arrived !== undefined) return hasArrived;
  return !(probe.probe.protocol === 'udp' && hasArrived);
}

/**
 * The kernel answers for an unreachable or prohibit route, and for a packet that it has no route for, at most five times
 * in a row and then once a second (net.ipv4.route.error_cost, the machine's own): silence may be rationing.
 */
function isRationed(result: ProbeResult, probe: LabProbe, path: PacketPath): boolean {
  if (result.result !== 'timeout') return false;
  return path.branches.some((branch) => {
    const notice = expected(branch);
    return (
      branch.reply === undefined &&
      notice !== undefined &&
      notice !== 'timeout' &&
      notice !== 'open' &&
      sameDirection(result, probe, branch)
    );
  });
}

function mismatch(result: ProbeResult, probe: LabProbe, path: PacketPath): string {
  const notices = new Set(path.branches.map((branch) => expected(branch) ?? 'some failure'));
  if (!notices.has(result.result) && !notices.has('some failure'))
    return `the sender gets ${[...notices].join(' or ')}`;
  if (result.result !== 'open')
    return path.branches.some((branch) => sameDirection(result, probe, branch))
      ? 'another error'
      : result.arrived === undefined
        ? 'the request arrives'
        : 'the request does not arrive';
  return `the server sees ${[...new Set(path.branches.map((branch) => `${branch.seenByServer?.from} at ${branch.seenByServer?.at}`))].join(' or ')}`;
}

function disagree(results: readonly ProbeResult[], path: PacketPath, says: string): Judgement {
  return { kind: 'disagree', why: told(results, path, says) };
}

function told(results: readonly ProbeResult[], path: PacketPath, says: string): string {
  const kernel = [...new Set(results.map(describe))].join(' | ');
  return `kernel: ${kernel}; skoop: ${path.verdict} (${path.reason}): ${says}; ${endings(path)}`;
}

function describe(result: ProbeResult): string {
  const seen =
    result.saw === undefined
      ? ''
      : ` server ${result.server ?? result.arrived} saw ${result.saw}${result.at === undefined ? '' : ` at ${result.at}`}`;
  return `${result.result}${result.stage === 'open' && result.result !== 'open' ? ' after the handshake' : ''}${result.arrived === undefined ? '' : ' (request arrived)'}${seen}`;
}

/** How the branches end, each ending once. */
export function endings(path: PacketPath): string {
  const lines = path.branches.map((branch) => {
    const ending =
      branch.forward.ending.verdict === 'reachable' && branch.reply !== undefined
        ? branch.reply.ending
        : branch.forward.ending;
    const evidence = ending.evidence.map((one) => one.raw).join(' ; ');
    return `${branch.reply === undefined ? 'forward' : 'reply'} ${ending.verdict}/${ending.reason} at ${ending.node}: ${ending.message}${evidence === '' ? '' : ` [${evidence}]`}`;
  });
  return [...new Set(lines)].slice(0, 4).join(' || ');
}

export const addressOf = (text: string): string =>
  text.replace(/^\[([^\]]*)\].*$/, '$1').replace(/^(\d+\.\d+\.\d+\.\d+):.*$/, '$1');
