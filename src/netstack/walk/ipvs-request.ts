/** ip_vs_in: a packet to a virtual service is given to one of its real servers. */
import { formatHostPort } from '../../model/address.ts';
import type { Evidence } from '../../model/evidence.ts';
import { formatPorts, PROTOCOL, TCP_FLAG } from '../../model/packet.ts';
import type { Packet } from '../../model/packet.ts';
import type { Hook } from '../../model/step.ts';
import { assertNever } from '../../model/assert-never.ts';
import { connectionOfRequest, turned, virtualConnection } from '../ipvs/connection.ts';
import { findVirtualService } from '../ipvs/find-service.ts';
import { schedule, type Schedule } from '../ipvs/schedule.ts';
import type { RealServer, VirtualService } from '../ipvs/types.ts';
import { forgetUnconfirmed } from './ipvs-conntrack.ts';
import { evidenceOf, IPVS_PROTOCOLS, transmitToReal } from './ipvs-transmit.ts';
import type { Next, Walk } from './walk.ts';
import { end, fork, note, sysctlEvidence, unknown, unknownSection } from './walk.ts';

/** True where IPVS leaves the packet alone, so that it goes on in place. */
export function runIpvsRequest(walk: Walk, hook: Hook, next: Next): boolean {
  if (walk.virtual !== undefined || (hook !== 'output' && walk.pkttype !== 'host')) return true;
  const { ns, packet } = walk;
  if (packet.quoted !== undefined) return passError(walk, packet.quoted);
  if (!IPVS_PROTOCOLS.has(packet.protocol)) return true;
  const known = connectionOfRequest(walk.virtualConnections, packet);
  if (known !== undefined) {
    transmitToReal(walk, known, next);
    return false;
  }
  if (!mayBeScheduled(walk)) return true;
  const { ipvs } = ns;
  if (!ipvs.ok) {
    unknownSection(walk, ipvs.missing);
    return false;
  }
  const found = findVirtualService(ipvs.value, packet);
  if (found.kind === 'none') return true;
  const { service } = found;
  const reason = found.kind === 'unknown' ? found.reason : unknownSwitch(walk);
  if (reason !== undefined) {
    openEnd(walk, service, reason);
    return false;
  }
  const expiresQuiescent = ns.sysctl('ipv4/vs/expire_quiescent_template') === '1';
  follow(walk, service, schedule({ ipvs: ipvs.value, service, packet, expiresQuiescent }), next);
  return false;
}

/** tcp_conn_schedule: a SYN, or with sloppy_tcp anything but a reset. */
function mayBeScheduled({ packet, ns }: Walk): boolean {
  if (packet.protocol !== PROTOCOL.tcp) return true;
  if ((packet.tcpFlags & TCP_FLAG.rst) !== 0) return false;
  return (packet.tcpFlags & TCP_FLAG.syn) !== 0 || ns.sysctl('ipv4/vs/sloppy_tcp') === '1';
}

/** Switches that let IPVS drop or pass over packets by what is not in a dump. */
function unknownSwitch({ ns }: Walk): string | undefined {
  const on = ['drop_packet', 'backup_only'].find((name) => (ns.sysctl(`ipv4/vs/${name}`) ?? '0') !== '0');
  return on === undefined ? undefined : `net.ipv4.vs.${on} is on`;
}

function follow(walk: Walk, service: VirtualService, answer: Schedule, next: Next): void {
  switch (answer.kind) {
    case 'none':
      return refuse(walk, service);
    case 'unknown':
      return openEnd(walk, service, answer.reason);
    case 'picks': {
      const { picks, cause, template } = answer;
      const bound = template === undefined ? [] : [ruleEvidence(walk, template.raw)];
      return fork(
        walk,
        cause,
        picks.map(({ server, probability }) => ({
          label: `IPVS ${service.scheduler} picks ${formatHostPort(server.address, server.port)}`,
          ...(probability === undefined ? {} : { probability }),
          evidence: ruleEvidence(walk, server.raw),
          go: (branch) => connect(branch, { service, server, bound }, next),
        })),
      );
    }
    default:
      return assertNever(answer);
  }
}

interface Picked {
  readonly service: VirtualService;
  readonly server: RealServer;
  readonly bound: readonly Evidence[];
}

function connect(walk: Walk, { service, server, bound }: Picked, next: Next): void {
  const isTracked = walk.ns.sysctl('ipv4/vs/conntrack') === '1';
  const connection = virtualConnection(walk.packet, { service, server }, isTracked);
  walk.virtualConnections = [...walk.virtualConnections, connection];
  const why = bound.length > 0 ? 'persistence remembers' : service.scheduler;
  note(
    walk,
    'netfilter',
    `IPVS: ${why} gives the connection to a real server`,
    ...evidenceOf(walk, connection),
    ...bound,
  );
  transmitToReal(walk, connection, next);
}

/** ip_vs_leave: the client is told by ICMP, TCP too; the FTP service leaves other ports alone. */
function refuse(walk: Walk, service: VirtualService): void {
  const { packet, ns, isLocal } = walk;
  const where = formatHostPort(packet.dst, formatPorts(packet.dport));
  // nothing confirms the connection: an error about it is related to none
  forgetUnconfirmed(walk);
  end(walk, 'rejected', `no real server of the virtual service ${where} of ${ns.key} takes new connections`, {
    evidence: [service.raw, ...service.servers.map(({ raw }) => raw)].map((raw) => ruleEvidence(walk, raw)),
    // a datagram that OUTPUT drops makes the sender's own call fail
    notice: isLocal && packet.protocol !== PROTOCOL.tcp ? 'EPERM' : 'ECONNREFUSED',
  });
}

/** ip_vs_in_icmp: a client's error about an answer is for the real server. */
function passError(walk: Walk, quoted: Packet): boolean {
  const known = connectionOfRequest(walk.virtualConnections, turned(quoted));
  if (known === undefined) return true;
  unknown(
    walk,
    'unknown-rule',
    'an ICMP error that IPVS gives to a real server is not walked',
    evidenceOf(walk, known),
  );
  return false;
}

function openEnd(walk: Walk, service: VirtualService, reason: string): void {
  const switches = ['drop_packet', 'backup_only']
    .filter((name) => reason.includes(name))
    .map((name) => sysctlEvidence(`ipv4/vs/${name}`, walk.ns.sysctl(`ipv4/vs/${name}`)));
  unknown(walk, 'unknown-rule', `an IPVS service takes the packet, and what it does with it is not known: ${reason}`, [
    ruleEvidence(walk, service.raw),
    ...switches,
  ]);
}

const ruleEvidence = (walk: Walk, raw: string): Evidence => ({ kind: 'rule', raw, where: `IPVS of ${walk.ns.key}` });
