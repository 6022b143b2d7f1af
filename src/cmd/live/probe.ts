/** `--probe`: tries the connection for real, and says where the simulation is contradicted. */
import { probe, whyNotCollected } from '../../collector/live/index.ts';
import type { Probed } from '../../collector/live/index.ts';
import { formatHostPort } from '../../model/address.ts';
import type { NodeNetworkStackDump } from '../../model/dump.ts';
import type { PacketPath } from '../../model/path.ts';
import type { ProbeOutcome, ProbeResult } from '../../model/probe.ts';
import { LEVEL } from '../../model/suspicion.ts';
import type { LiveSession } from './session.ts';

/** The path with the probe's result, and with a finding where the two disagree. */
export async function withProbe(path: PacketPath, session: LiveSession, signal: AbortSignal): Promise<PacketPath> {
  const { question } = path;
  const where = await sourceOf(path, session);
  if (typeof where === 'string') return { ...path, probe: notTried(where) };
  const { protocol } = question;
  if (protocol === 'sctp') return { ...path, probe: notTried('no tool here opens SCTP associations') };
  let probed: Probed;
  try {
    const at = await session.collector.container(where.node);
    const { ip } = question.dst;
    probed = await probe(session.api, at, {
      protocol,
      address: ip.text,
      port: question.port,
      signal,
      ...(where.inode === undefined ? {} : { inode: where.inode }),
    });
  } catch (error) {
    const why = whyNotCollected(error);
    if (why === undefined) throw error;
    return { ...path, probe: notTried(why.why) };
  }
  const result = judge(path, probed);
  if (result.agrees !== false) return { ...path, probe: result };
  const contradiction = {
    level: LEVEL.critical,
    code: 'PROBE_DISAGREES' as const,
    message: `the simulation says ${path.verdict}, but ${result.message}`,
    evidence: [],
  };
  return { ...path, probe: result, suspicions: [contradiction, ...path.suspicions] };
}

/** Certain verdicts can be contradicted, others are only told more about. */
export function judge(path: PacketPath, { outcome, said }: Probed): ProbeResult {
  const { question, verdict, reason } = path;
  const to = question.protocol === 'icmp' ? question.dst.ip.text : formatHostPort(question.dst.ip, question.port);
  const what = `a real ${WHAT[question.protocol]} from ${question.src.id} to ${to}`;
  if (outcome === 'not-tried') return notTried(said);
  const message = `${what} ${SAYS[outcome]}`;
  if (outcome === 'silent' || verdict === 'undetermined' || reason === 'intermittent') return { outcome, message };
  return { outcome, message, agrees: (outcome === 'open') === (verdict === 'reachable') };
}

const WHAT = { tcp: 'connection', udp: 'datagram', icmp: 'ping', sctp: 'association' } as const;

const SAYS: Readonly<Record<Exclude<ProbeOutcome, 'not-tried'>, string>> = {
  open: 'was answered',
  refused: 'was refused',
  unreachable: 'met an error on the way',
  timeout: 'got no answer in 3 s',
  silent: 'got no answer in 3 s, which for UDP says nothing',
};

function notTried(why: string): ProbeResult {
  return { outcome: 'not-tried', message: `no real connection was tried: ${why}` };
}

/** A sentence where there is no such place. */
async function sourceOf(
  { question }: PacketPath,
  { cache, collector }: LiveSession,
): Promise<{ readonly node: string; readonly inode?: number } | string> {
  const { src } = question;
  if (src.type === 'node') return { node: src.id };
  if (src.type !== 'pod') return `${src.id} is no pod or node of the cluster`;
  const slash = src.id.indexOf('/');
  const pod = cache.pod(src.id.slice(0, slash), src.id.slice(slash + 1));
  if (pod?.nodeName === undefined) return `${src.id} is on no node`;
  const dump = await collector.dump(pod.nodeName);
  const inode = dump === undefined ? undefined : inodeOf(dump, pod.uid, new Set(pod.ips.map(({ text }) => text)));
  if (inode === undefined) return `the network namespace of ${src.id} was not collected`;
  return { node: pod.nodeName, inode };
}

function inodeOf(
  dump: NodeNetworkStackDump,
  uid: string | undefined,
  addresses: ReadonlySet<string>,
): number | undefined {
  const byUid = dump.pods.filter((pod) => pod.uid !== undefined && pod.uid === uid);
  const hasAddress = (pod: (typeof dump.pods)[number]): boolean => pod.addresses.some((each) => addresses.has(each));
  return (byUid.find(hasAddress) ?? byUid[0] ?? dump.pods.find(hasAddress))?.netnsInode;
}
