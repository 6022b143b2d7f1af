/** vxlan_xmit: finds the VTEP for a frame, wraps it, and sends the outer packet through the same namespace. */
import type { IP } from '../../model/address.ts';
import { isUnspecified } from '../../model/address.ts';
import type { Evidence } from '../../model/evidence.ts';
import type { Frame } from '../../model/packet.ts';
import { linksOf } from '../netns.ts';
import type { NetLink, VxlanKind } from '../state.ts';
import { forward } from '../walk/forward.ts';
import { output } from '../walk/output.ts';
import { runHook } from '../walk/run-hook.ts';
import type { Walk } from '../walk/walk.ts';
import { collect, end, leave, MOST_ROUNDS, note, unknown, unknownSection } from '../walk/walk.ts';
import { frameInUdp } from './frame-in-udp.ts';

interface Remote {
  readonly ip: IP;
  readonly port: number;
  readonly vni: number;
  readonly evidence: Evidence;
}

const ANY_MAC = '00:00:00:00:00:00';
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
  const sport = { min: 32768, max: 60999 };
  const outer = frameInUdp(
    { src: kind.local ?? remote.ip, dst: remote.ip, sport, dport: remote.port, kind },
    {
      vni: remote.vni,
      ...(kind.udpChecksum[remote.ip.family] ? { hasChecksum: true } : {}),
      frame: { ...frame, packet: walk.packet },
    },
  );
  if (walk.ns.router.ok && walk.ns.router.value.isLocal(remote.ip) === true)
    return bypass(walk, { link, kind }, remote);
  note(
    walk,
    'tunnel',
    `${link.name} wraps it for VTEP ${remote.ip.text} (VNI ${remote.vni}, port ${remote.port})`,
    remote.evidence,
  );
  walk.beginOuter(outer, link.name);
  output(walk, kind.local === undefined ? 'chosen-by-route' : 'given');
}

/**
 * encap_bypass_if_local: a VTEP that is this host's own address is reached without a tunnel, by the device of the same VNI
 * and port. The packet keeps its connection and its route: one that was made here has none to come in by.
 */
function bypass(
  walk: Walk,
  { link, kind }: { readonly link: NetLink; readonly kind: VxlanKind },
  remote: Remote,
): void {
  const { ns } = walk;
  const evidence = [remote.evidence];
  const to = linksOf(ns).find(
    (each) =>
      each.kind.kind === 'vxlan' &&
      each.kind.vni === remote.vni &&
      each.kind.port === remote.port &&
      familyOf(each.kind) === familyOf(kind),
  );
  if (to === undefined)
    return end(walk, 'wrong-neighbour', `no vxlan device of ${ns.key} has VNI ${remote.vni}`, { evidence });
  if (!to.isUp) return end(walk, 'link-down', `${to.name} in ${ns.key} is down`, { evidence });
  if (to.master !== undefined)
    return unknown(walk, 'unknown-device', `${link.name} hands the frame to ${to.name}, a bridge port`, evidence);
  if (walk.isLocal && walk.packet.family === 4)
    return end(walk, 'blackhole', `${link.name} hands the packet to ${to.name}, where it has no route`, { evidence });
  note(walk, 'tunnel', `${remote.ip.text} is an address of ${ns.key}: ${to.name} takes the packet itself`, ...evidence);
  // with the route that it has it goes round until its TTL ends
  walk.pkttype = 'host';
  walk.iif = to.name;
  walk.isLocal = false;
  runHook(walk, 'prerouting', { iif: to.name, oif: undefined }, (after) => {
    after.packet = { ...after.packet, ttl: Math.min(after.packet.ttl, 1) };
    forward(after, to.name);
  });
}

function familyOf({ local, remote }: VxlanKind): 4 | 6 {
  return local?.family ?? remote?.family ?? 4;
}
