/** ip_tunnel_xmit, ipip6_tunnel_xmit, ip6_tnl_xmit: a bare IP packet becomes the payload of another one of this namespace. */
import { NO_MAC, NO_PORT, type Packet } from '../../model/packet.ts';
import { wrapped } from '../../model/packet-length.ts';
import type { IPTunnelKind, NetLink } from '../state.ts';
import { output } from '../walk/output.ts';
import type { Walk } from '../walk/walk.ts';
import { end, MOST_ROUNDS, note, unknown } from '../walk/walk.ts';

export function encapsulateIP(walk: Walk, link: NetLink, kind: IPTunnelKind): void {
  const evidence = [{ kind: 'link', raw: link.raw } as const];
  const { packet: inner, ns } = walk;
  const protocol = kind.carries[inner.family];
  if (protocol === undefined)
    return end(walk, 'dropped', `${link.name} in ${ns.key} is a ${kind.name} tunnel and takes no IPv${inner.family}`, {
      evidence,
    });
  if (walk.rounds >= MOST_ROUNDS) return end(walk, 'loop', `${link.name} of ${ns.key} wraps its own packets`);
  if (inner.mark !== 0 && chosenByMark(walk, kind))
    return unknown(walk, 'unknown-device', `${link.name} asks for its route without the mark of the packet`, evidence);
  const remote = kind.remote ?? walk.route?.nexthopIp ?? inner.dst;
  if (remote.family !== kind.outer)
    return unknown(walk, 'unknown-device', `${link.name} has no remote and the route names none`, evidence);
  const outer: Packet = {
    family: kind.outer,
    src: kind.local ?? remote,
    dst: remote,
    protocol,
    sport: NO_PORT,
    dport: NO_PORT,
    tcpFlags: 0,
    // not scrubbed inside one namespace (skb_scrub_packet)
    mark: inner.mark,
    tos: 0,
    ttl: kind.ttl ?? inner.ttl,
    ...wrapped(inner, kind.overhead),
    df: kind.pmtudisc || (inner.family === 4 && inner.df),
    inner: { frame: { srcMac: NO_MAC, dstMac: NO_MAC, packet: inner } },
  };
  note(walk, 'tunnel', `${link.name} wraps it for ${remote.text} (${kind.name})`, ...evidence);
  walk.beginOuter(outer, link.name);
  output(walk, kind.local === undefined ? 'chosen-by-route' : 'given');
}

/** The outer route is asked for with the device's own mark (ip_tunnel_init_flow), netfilter and a second look with the packet's. */
function chosenByMark({ ns }: Walk, { outer }: IPTunnelKind): boolean {
  const rules = ns.rules(outer);
  return !rules.ok || rules.value.some((rule) => rule.mark !== undefined);
}
