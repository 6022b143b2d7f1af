/** NetstackAssertion: what a namespace's own state should be, each expectation one function. */
import type { Family, IP } from '../model/address.ts';
import { NO_PORT, PROTOCOL } from '../model/packet.ts';
import type { Evidence } from '../model/evidence.ts';
import { LEVEL } from '../model/suspicion.ts';
import type { Level, Suspicion } from '../model/suspicion.ts';
import type { SuspicionCode } from '../model/suspicion-codes.ts';
import { conntrackEntries } from '../netstack/conntrack/table-size.ts';
import type { NetNS } from '../netstack/netns.ts';
import type { RouteAnswer } from '../netstack/router/index.ts';
import type { NetLink } from '../netstack/state.ts';

/** The namespace that is looked at, and what it is called in the result. */
export interface Subject {
  /** Id of the graph's node: `namespace/pod` or the node's name. */
  readonly id: string;
  readonly ns: NetNS;
}

/** What to say where the expectation does not hold. */
export interface Complaint {
  readonly code: SuspicionCode;
  readonly level: Level;
  readonly message: string;
  readonly remedy?: string;
}

export const NetstackAssertion = { sysctlIs, linkIsUp, hasAddress, mtuFits, conntrackHasRoom } as const;

/** Nothing is said where the value was not collected: the walk says so where it matters. */
function sysctlIs(subject: Subject, key: string, wanted: string, complaint: Complaint): readonly Suspicion[] {
  const value = subject.ns.sysctl(key);
  if (value === undefined || value === wanted) return [];
  return [complain(subject, complaint, [{ kind: 'sysctl', raw: `net.${key.replaceAll('/', '.')} = ${value}` }])];
}

/** Administratively up, and with carrier. */
function linkIsUp(subject: Subject, link: NetLink, complaint: Complaint): readonly Suspicion[] {
  return link.isUp && link.hasCarrier ? [] : [complain(subject, complaint, [linkEvidence(link)])];
}

function hasAddress(subject: Subject, ip: IP, complaint: Complaint): readonly Suspicion[] {
  const { addresses } = subject.ns;
  if (!addresses.ok || subject.ns.owner(ip) !== undefined) return [];
  const present = addresses.value.filter((address) => address.ip.family === ip.family && address.scope === 'global');
  return [
    complain(
      subject,
      complaint,
      present.map((address) => ({ kind: 'address' as const, raw: address.raw, where: address.dev })),
    ),
  ];
}

/** `link` must not take bigger packets than what it goes over carries. */
function mtuFits(
  subject: Subject,
  link: NetLink,
  limit: { readonly mtu: number; readonly by: NetLink },
  complaint: Complaint,
): readonly Suspicion[] {
  return link.mtu <= limit.mtu ? [] : [complain(subject, complaint, [linkEvidence(link), linkEvidence(limit.by)])];
}

/** Share of the connection tracking table from which on it is said that it fills up. */
const NEARLY_FULL = 0.9;

/** A table that is full already is the walk's own finding. */
function conntrackHasRoom(subject: Subject): readonly Suspicion[] {
  const entries = conntrackEntries(subject.ns);
  if (entries === undefined || entries.count < entries.most * NEARLY_FULL || entries.count >= entries.most) return [];
  const message = `the connection tracking table of ${subject.id} is nearly full (${entries.count} of ${entries.most}): when it is, new connections are dropped`;
  return [complain(subject, { code: 'CONNTRACK_FULL', level: LEVEL.warning, message }, entries.evidence)];
}

export function complain(
  subject: { readonly id: string },
  complaint: Complaint,
  evidence: readonly Evidence[],
): Suspicion {
  return {
    level: complaint.level,
    code: complaint.code,
    message: complaint.message,
    evidence,
    node: subject.id,
    ...(complaint.remedy === undefined ? {} : { remedy: complaint.remedy }),
  };
}

export function linkEvidence(link: NetLink): Evidence {
  return { kind: 'link', raw: link.raw, where: link.name };
}

/** Where the namespace's routing sends a packet that it makes itself; empty where the routing could not be read. */
export function routesTo(ns: NetNS, dst: IP): readonly RouteAnswer[] {
  const { router } = ns;
  if (!router.ok) return [];
  return router.value.lookup({
    dst,
    iif: 'lo',
    mark: 0,
    tos: 0,
    protocol: PROTOCOL.tcp,
    sport: NO_PORT,
    dport: NO_PORT,
  });
}

/** An address that no cluster uses (RFC 5737, RFC 3849): stands for everything outside. */
export function outsideAddress(family: Family): string {
  return family === 4 ? '192.0.2.1' : '2001:db8::1';
}
