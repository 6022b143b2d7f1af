/** ip_tunnel_lookup and its sisters: which device takes a tunnel packet for this namespace, and the packet that comes out of it. */
import { isUnspecified } from '../../model/address.ts';
import type { Encapsulated, Packet } from '../../model/packet.ts';
import type { IPTunnelKind, NetLink } from '../state.ts';
import { receiveFrame } from '../walk/receive.ts';
import type { Walk } from '../walk/walk.ts';
import { end, note, unknown, unknownSection } from '../walk/walk.ts';

type Tunnel = NetLink & { readonly kind: IPTunnelKind };

export function decapsulateIP(walk: Walk, inner: Encapsulated): void {
  const { ns, packet: outer } = walk;
  const { links } = ns;
  if (!links.ok) return unknownSection(walk, links.missing);
  const { packet } = inner.frame;
  const odd = links.value.find(
    (link) => link.isUp && link.kind.kind === 'unsupported' && isRival(link.kind.name, outer),
  );
  const evidence = odd === undefined ? [] : [{ kind: 'link' as const, raw: odd.raw }];
  if (odd !== undefined)
    return unknown(
      walk,
      'unknown-device',
      `${odd.name} of ${ns.key} may take the tunnel packet and is not modelled`,
      evidence,
    );
  const tunnel = best(links.value.filter(isTunnel), outer, packet);
  if (tunnel === undefined)
    return end(walk, 'connection-refused', `${ns.key} has no tunnel device for ${outer.src.text} → ${outer.dst.text}`, {
      notice: 'timeout',
    });
  if (tunnel.kind.carries[packet.family] === undefined)
    return end(walk, 'dropped', `${tunnel.name} of ${ns.key} takes no IPv${packet.family}`, {
      evidence: [{ kind: 'link', raw: tunnel.raw }],
    });
  note(walk, 'tunnel', `${tunnel.name} unwraps it (from ${outer.src.text})`, { kind: 'link', raw: tunnel.raw });
  const unwrapped: Packet = { ...packet, mark: outer.mark };
  walk.beginAnew(unwrapped, false);
  receiveFrame(walk, tunnel.name, { srcMac: tunnel.mac, dstMac: tunnel.mac, packet: unwrapped });
}

const isTunnel = (link: NetLink): link is Tunnel => link.kind.kind === 'ip-tunnel' && link.isUp;

/** Both addresses, then the remote, then the local one, then the device that the module made for the rest. */
function best(tunnels: readonly Tunnel[], outer: Packet, inner: Packet): Tunnel | undefined {
  const score = ({ kind }: Tunnel): number => {
    const isProtocol = Object.values(kind.carries).includes(outer.protocol) && takesProtocol(kind, outer, inner);
    if (kind.outer !== outer.family || !isProtocol) return 0;
    if (kind.remote !== undefined && kind.remote.text !== outer.src.text) return 0;
    if (kind.local !== undefined && kind.local.text !== outer.dst.text) return 0;
    return 1 + (kind.remote === undefined ? 0 : 2) + (kind.local === undefined ? 0 : 1);
  };
  return tunnels.filter((each) => score(each) > 0).toSorted((x, y) => score(y) - score(x))[0];
}

/** Each protocol has its own tables: a gre device takes no ipip packet; sit and ipip share IPv4 in IPv4. */
function takesProtocol(kind: IPTunnelKind, outer: Packet, inner: Packet): boolean {
  return kind.carries[inner.family] === outer.protocol;
}

/** Devices that are not modelled and listen to the same protocol; the modules' own ones without addresses come last and are down as a rule. */
function isRival(name: string, outer: Packet): boolean {
  if (isUnspecified(outer.src)) return false;
  const family = outer.family === 6 ? /^ip6/ : /^(?!ip6)/;
  const word = name.split(' ')[0]!;
  return family.test(word) && /^(ipip|sit|gre|ip6tnl|ip6gre)$/.test(word);
}
