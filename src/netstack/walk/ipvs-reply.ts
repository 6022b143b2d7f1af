/** ip_vs_out: a real server's answer gets the address that the client asked for. */
import { formatHostPort } from '../../model/address.ts';
import { formatPorts, PROTOCOL } from '../../model/packet.ts';
import type { Packet } from '../../model/packet.ts';
import type { Hook } from '../../model/step.ts';
import { connectionOfReply, turned, type VirtualConnection } from '../ipvs/connection.ts';
import { outOfConntrack } from './ipvs-conntrack.ts';
import { reroute } from './reroute.ts';
import type { Next, Walk } from './walk.ts';
import { end, note } from './walk.ts';

/** True where the walk goes on in place; else `next` gets it after it was routed again. */
export function runIpvsReply(walk: Walk, hook: Hook, next: Next): boolean {
  if (walk.virtual !== undefined) return true;
  const { packet, ns } = walk;
  // An error tells of a packet that was sent on to the real server (ip_vs_out_icmp).
  const found = connectionOfReply(
    walk.virtualConnections,
    packet.quoted === undefined ? packet : turned(packet.quoted),
  );
  if (found === undefined) return refuseStranger(walk);
  walk.virtual = found;
  const isTranslated = found.method === 'masquerade';
  if (isTranslated) {
    walk.packet = fromVirtual(packet, found);
    note(walk, 'nat', `IPVS: source ${describe(packet)} becomes ${describe(walk.packet)}`, {
      kind: 'rule',
      raw: found.service,
      where: `IPVS of ${ns.key}`,
    });
  }
  if (!found.isTracked) outOfConntrack(walk);
  // ip_vs_route_me_harder
  if (!isTranslated || hook === 'input' || ns.sysctl('ipv4/vs/snat_reroute') === '0' || walk.route?.kind === 'local')
    return true;
  reroute(walk, 'IPVS changed the source', next);
  return false;
}

function fromVirtual(packet: Packet, { virtual }: VirtualConnection): Packet {
  const { quoted } = packet;
  if (quoted === undefined) return { ...packet, src: virtual.address, sport: virtual.port };
  return { ...packet, src: virtual.address, quoted: { ...quoted, dst: virtual.address, dport: virtual.port } };
}

/** net.ipv4.vs.nat_icmp_send: a real server whose packet belongs to no connection is told so. */
function refuseStranger(walk: Walk): boolean {
  const { ns, packet } = walk;
  if (ns.sysctl('ipv4/vs/nat_icmp_send') !== '1' || packet.quoted !== undefined) return true;
  if (packet.protocol !== PROTOCOL.tcp && packet.protocol !== PROTOCOL.udp) return true;
  const isReset = packet.protocol === PROTOCOL.tcp && (packet.tcpFlags & 0x04) !== 0;
  const { ipvs } = ns;
  const server = ipvs.ok
    ? ipvs.value.services
        .flatMap(({ servers }) => servers)
        .find(({ address, port }) => address.text === packet.src.text && port === packet.sport.min)
    : undefined;
  if (server === undefined || isReset) return true;
  end(walk, 'rejected', `IPVS of ${ns.key} knows no connection of its real server ${describe(packet)}`, {
    evidence: [
      { kind: 'rule', raw: server.raw, where: `IPVS of ${ns.key}` },
      { kind: 'sysctl', raw: 'net.ipv4.vs.nat_icmp_send = 1' },
    ],
    notice: 'ECONNREFUSED',
  });
  return false;
}

const describe = ({ src, sport, quoted }: Packet): string =>
  quoted === undefined ? formatHostPort(src, formatPorts(sport)) : src.text;
