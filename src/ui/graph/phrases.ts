/** The short phrases that every picture of a path uses: for reasons, verdicts, levels, shares and what a node does. */
import { formatHostPort, isUnspecified, sameIP } from '../../model/address.ts';
import { formatPorts, samePorts } from '../../model/packet.ts';
import type { Packet } from '../../model/packet.ts';
import type { Branch, Ending, Hop, PacketPath, Reason, Verdict } from '../../model/path.ts';
import type { Level } from '../../model/suspicion.ts';
import { decidingEnding, directionSuffix } from './legs.ts';

export const REASON_PHRASES: Readonly<Record<Reason, string>> = {
  ok: 'reachable',
  'connection-refused': 'connection refused',
  rejected: 'rejected by a rule',
  dropped: 'dropped by a rule',
  'no-route': 'no route',
  'unreachable-route': 'unreachable route',
  prohibited: 'prohibited by a route',
  blackhole: 'blackhole route',
  'no-neighbour': 'next hop does not answer',
  'wrong-neighbour': 'sent to the wrong machine',
  'bridge-drop': 'dropped by the bridge',
  'link-down': 'interface is down',
  'forwarding-off': 'forwarding is off',
  'source-invalid': 'reverse path filter',
  martian: 'impossible address',
  mtu: 'packet too big',
  ttl: 'TTL ran out',
  loop: 'goes in a circle',
  'no-address': 'no usable source address',
  'nat-failed': 'translation failed',
  'no-host': 'nobody has the address',
  intermittent: 'intermittent',
  'unknown-rule': 'a rule cannot be judged',
  'unknown-device': 'an interface cannot be judged',
  'unknown-state': 'state was not captured',
  outside: 'leaves what can be seen',
};

export const LEVEL_NAMES: Readonly<Record<Level, string>> = { 0: 'info', 1: 'warning', 2: 'critical', 3: 'fatal' };

type Notice = NonNullable<Ending['notice']>;

/** What the client's program prints: strerror's texts, which is what people search for. */
const NOTICE_PHRASES: Readonly<Record<Notice, string>> = {
  timeout: 'waits until its timeout',
  ECONNREFUSED: 'gets "connection refused" (ECONNREFUSED)',
  EHOSTUNREACH: 'gets "no route to host" (EHOSTUNREACH)',
  ENETUNREACH: 'gets "network is unreachable" (ENETUNREACH)',
  EACCES: 'gets "permission denied" (EACCES)',
  EINVAL: 'gets "invalid argument" (EINVAL)',
  EPERM: 'gets "operation not permitted" (EPERM)',
  EADDRNOTAVAIL: 'gets "cannot assign requested address" (EADDRNOTAVAIL)',
  ENOPROTOOPT: 'gets "protocol not available" (ENOPROTOOPT)',
  EMSGSIZE: 'gets "message too long" (EMSGSIZE)',
  ENOKEY: 'gets "required key not available" (ENOKEY)',
  EDESTADDRREQ: 'gets "destination address required" (EDESTADDRREQ)',
};

/** How the person at the client's end experiences it, as one sentence; '' where there is nothing to notice. */
export function noticeSentence({ branches }: Pick<PacketPath, 'branches'>): string {
  const notices = new Set(branches.flatMap((branch) => decidingEnding(branch).notice ?? []));
  if (notices.size === 0) return '';
  const phrases = [...notices].map((notice) => NOTICE_PHRASES[notice]).join(', or ');
  return branches.some(({ verdict }) => verdict === 'reachable')
    ? `When it fails, the client ${phrases}.`
    : `The client ${phrases}.`;
}

/** The reason of the whole result; says so where it is the answer or a later packet that is stopped. */
export function reasonPhrase({ reason, branches }: Pick<PacketPath, 'reason' | 'branches'>): string {
  return `${REASON_PHRASES[reason]}${reason === 'intermittent' ? '' : directionSuffix(branches)}`;
}

export const VERDICT_GLYPHS: Readonly<Record<Verdict, string>> = {
  reachable: '✔',
  unreachable: '✘',
  undetermined: '?',
};

/** What is said of the node where a branch ends without having arrived. */
export function stopPhrase({ verdict, reason }: Pick<Ending, 'verdict' | 'reason'>): string {
  if (reason === 'outside') return REASON_PHRASES.outside;
  return `${verdict === 'undetermined' ? 'not known further' : 'stops here'}: ${REASON_PHRASES[reason]}`;
}

/** What is said of a destination that no branch got to. */
export function ghostPhrase({ verdict }: Pick<Ending, 'verdict'>): string {
  return verdict === 'undetermined' ? 'not known whether reached' : 'not reached';
}

/** `33 %`, `3.3 %`, `0.4 %`. */
export function formatShare(share: number): string {
  const percent = share * 100;
  return `${percent >= 10 || Number.isInteger(percent) ? Math.round(percent) : Number(percent.toFixed(1))} %`;
}

/** What the sender of the packet meant, whatever tunnel it is in. */
export function innermost(packet: Packet): Packet {
  return packet.inner === undefined ? packet : innermost(packet.inner.frame.packet);
}

/** What the hop does, in a few words; `next` is the hop after it, whose packet shows what was translated. */
export function actionPhrase(hop: Hop, next: Hop | undefined): string {
  const before = innermost(hop.packet);
  if (hop.action === 'send') return isUnspecified(before.src) ? 'sends' : `sends from ${before.src.text}`;
  if (hop.action === 'serve') return hop.nodeType === 'external' ? 'outside the cluster' : 'takes it';
  const changes = next === undefined ? [] : translations(before, innermost(next.packet));
  if (changes.length > 0) return changes.join(', ');
  return hop.action === 'service' ? 'translates the service address' : 'forwards';
}

function translations(before: Packet, after: Packet): string[] {
  const out: string[] = [];
  if (!sameIP(before.dst, after.dst) || !samePorts(before.dport, after.dport)) {
    out.push(`${hostPort(before, 'dst')} becomes ${hostPort(after, 'dst')}`);
  }
  if (!sameIP(before.src, after.src)) out.push(`source becomes ${after.src.text}`);
  return out;
}

function hostPort(packet: Packet, end: 'src' | 'dst'): string {
  const ports = end === 'src' ? packet.sport : packet.dport;
  return ports.max === 0 ? packet[end].text : formatHostPort(packet[end], formatPorts(ports));
}

/** `kl-node1, kl-node2 and 4 more`. */
export function listNames(names: readonly string[], most: number): string {
  if (names.length <= most) return names.join(', ');
  return `${names.slice(0, most).join(', ')} and ${names.length - most} more`;
}

/** What the last hop of a branch that arrived does: `takes it at 10.77.1.2:8080, sees 10.77.0.4`. */
export function servePhrase(hop: Hop, { seenByServer }: Pick<Branch, 'seenByServer'>): string {
  const phrase = actionPhrase(hop, undefined);
  return hop.action === 'serve' && seenByServer !== undefined
    ? `${phrase} at ${seenByServer.at}, sees ${seenByServer.from}`
    : phrase;
}
