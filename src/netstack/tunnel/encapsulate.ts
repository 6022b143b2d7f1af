/** vxlan_xmit: finds the VTEP for a frame, wraps it, and sends the outer packet through the same namespace. */
import type { IP } from '../../model/address.ts';
import { isUnspecified } from '../../model/address.ts';
import type { Evidence } from '../../model/evidence.ts';
import type { Frame, Packet } from '../../model/packet.ts';
import { PROTOCOL, port, SYSTEM_TTL } from '../../model/packet.ts';
import { wrapped } from '../../model/packet-length.ts';
import type { NetLink, VxlanKind } from '../state.ts';
import { output } from '../walk/output.ts';
import type { Walk } from '../walk/walk.ts';
import { collect, end, leave, MOST_ROUNDS, note, unknown, unknownSection } from '../walk/walk.ts';

interface Remote {
  readonly ip: IP;
  readonly port: number;
  readonly vni: number;
  readonly evidence: Evidence;
}

const ANY_MAC = '00:00:00:00:00:00';
/** Outer Ethernet, IP, UDP and VXLAN headers without the outer Ethernet one: what the outer packet is longer by. */
const OVERHEAD = { 4: 20 + 8 + 8 + 14, 6: 40 + 8 + 8 + 14 } as const;

export function encapsulateVxlan(walk: Walk, link: NetLink, kind: VxlanKind, frame: Frame): void {
  if (kind.external)
    return unknown(
      walk,
      'unknown-device',
      `${link.name} takes its tunnel from route encapsulation, which is not modelled yet`,
      [{ kind: 'link', raw: link.raw }],
    );
  if (walk.rounds >= MOST_ROUNDS) return end(walk, 'loop', `${link.name} of ${walk.ns.key} wraps its own packets`);
  const remotes = remotesFor(walk, link, kind, frame.dstMac);
  if (remotes === undefined) return;
  if (remotes.length === 0) {
    return end(
      walk,
      'no-neighbour',
      `${link.name} has no VTEP for ${frame.dstMac}: no FDB entry and no default destination`,
      { evidence: [{ kind: 'link', raw: link.raw }] },
    );
  }
  if (remotes.length === 1) return sendTo(walk, { link, kind }, frame, remotes[0]!);
  const copies = remotes.flatMap((remote) => collect(walk, (copy) => sendTo(copy, { link, kind }, frame, remote)));
  walk.run.emit({ kind: 'flood', ...leave(walk), copies });
}

/** The device's FDB entry for the address, else the default destinations; undefined where the walk was ended. */
function remotesFor(walk: Walk, link: NetLink, kind: VxlanKind, mac: string): readonly Remote[] | undefined {
  const { fdb } = walk.ns;
  if (!fdb.ok) {
    unknownSection(walk, fdb.missing);
    return undefined;
  }
  const own = fdb.value.filter(
    (entry) =>
      entry.dev === link.name &&
      (entry.isSelf || entry.dst !== undefined) &&
      (entry.dst !== undefined || entry.nhid !== undefined),
  );
  const exact = own.filter((entry) => entry.mac === mac);
  const entries = exact.length > 0 ? exact.slice(0, 1) : own.filter((entry) => entry.mac === ANY_MAC);
  if (entries.some((entry) => entry.nhid !== undefined || entry.via !== undefined)) {
    unknown(
      walk,
      'unknown-device',
      `an FDB entry of ${link.name} uses a nexthop object or a device, which is not modelled`,
      entries.map((entry) => ({ kind: 'fdb', raw: entry.raw })),
    );
    return undefined;
  }
  const remotes = entries.flatMap((entry): Remote[] =>
    entry.dst === undefined
      ? []
      : [
          {
            ip: entry.dst,
            port: entry.port ?? kind.port,
            vni: entry.vni ?? kind.vni,
            evidence: { kind: 'fdb', raw: entry.raw },
          },
        ],
  );
  if (kind.group !== undefined && exact.length === 0) {
    unknown(
      walk,
      'unknown-device',
      `${link.name} sends to the multicast group ${kind.group.text}, which is not followed`,
      [{ kind: 'link', raw: link.raw }],
    );
    return undefined;
  }
  return remotes;
}

function sendTo(
  walk: Walk,
  { link, kind }: { readonly link: NetLink; readonly kind: VxlanKind },
  frame: Frame,
  remote: Remote,
): void {
  if (isUnspecified(remote.ip))
    return end(walk, 'no-neighbour', `${link.name} drops frames for ${frame.dstMac}`, { evidence: [remote.evidence] });
  const inner: Packet = walk.packet;
  const outer: Packet = {
    family: remote.ip.family,
    src: kind.local ?? remote.ip,
    dst: remote.ip,
    protocol: PROTOCOL.udp,
    sport: { min: 32768, max: 60999 },
    dport: port(remote.port),
    tcpFlags: 0,
    // The mark stays on the packet: outer and inner share one skb in one namespace (ip_tunnels skb_scrub_packet).
    mark: inner.mark,
    tos: 0,
    ttl: kind.ttl ?? SYSTEM_TTL,
    ...wrapped(inner, OVERHEAD[remote.ip.family]),
    df: kind.df === 'set' || (kind.df === 'inherit' && inner.df),
    inner: { vni: remote.vni, frame: { ...frame, packet: inner } },
  };
  note(
    walk,
    'tunnel',
    `${link.name} wraps it for VTEP ${remote.ip.text} (VNI ${remote.vni}, port ${remote.port})`,
    remote.evidence,
  );
  walk.beginAnew(outer, true);
  walk.pkttype = 'host';
  output(walk, kind.local === undefined ? 'chosen-by-route' : 'given');
}
