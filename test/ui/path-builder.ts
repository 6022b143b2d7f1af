/** Builds hand-made diagnosis results: legs from lists of places, with link ids and the list of links derived from them. */
import { formatHostPort, ip } from '../../src/model/address.ts';
import type { Endpoint, EndpointType } from '../../src/model/endpoint.ts';
import type { Evidence, EvidenceKind } from '../../src/model/evidence.ts';
import { PROTOCOL, TCP_FLAG, port } from '../../src/model/packet.ts';
import type { Packet, PortRange } from '../../src/model/packet.ts';
import type { ActionType, Ending, Hop, Leg, Link, LinkType, NetNodeType } from '../../src/model/path.ts';
import { step } from '../../src/model/step.ts';
import type { Hook, RuleStep, Step } from '../../src/model/step.ts';

export const EPHEMERAL: PortRange = { min: 32768, max: 60999 };

export interface Place {
  readonly node: string;
  readonly type?: NetNodeType;
  readonly action: ActionType;
  readonly packet: Packet;
  readonly steps?: readonly Step[];
  /** The link that it leaves by; absent for the last place. */
  readonly by?: {
    readonly type: LinkType;
    readonly from: string;
    readonly to: string;
    readonly outer?: Packet;
    readonly destination?: string;
  };
}

/** A leg over the places; the links that it uses are added to `links` once each. */
export function leg(links: Map<string, Link>, places: readonly Place[], ending: Ending): Leg {
  const hops: Hop[] = [];
  let ingress: string | undefined;
  for (const [index, place] of places.entries()) {
    const next = places[index + 1]?.node ?? place.by?.destination;
    let egress: string | undefined;
    if (place.by !== undefined && next !== undefined) {
      const onWire = place.by.outer ?? places[index + 1]?.packet ?? place.packet;
      egress = `${place.by.type},${place.node},${next},${formatHostPort(onWire.dst, onWire.dport.min)}`;
      links.set(egress, {
        id: egress,
        type: place.by.type,
        source: place.node,
        sourceAttributes: { if: place.by.from },
        destination: next,
        destinationAttributes: { if: place.by.to },
        packet: onWire,
      });
    }
    hops.push({
      node: place.node,
      nodeType: place.type ?? (place.node.includes('/') ? 'pod' : 'node'),
      action: place.action,
      steps: place.steps ?? [],
      packet: place.packet,
      ...(ingress === undefined ? {} : { ingress }),
      ...(egress === undefined ? {} : { egress }),
    });
    ingress = egress;
  }
  return { hops, ending };
}

export function tcp(src: string, sport: number | PortRange, dst: string, dport: number | PortRange): Packet {
  const source = ip(src);
  return {
    family: source.family,
    src: source,
    dst: ip(dst),
    protocol: PROTOCOL.tcp,
    sport: typeof sport === 'number' ? port(sport) : sport,
    dport: typeof dport === 'number' ? port(dport) : dport,
    tcpFlags: TCP_FLAG.syn,
    mark: 0,
    tos: 0,
    ttl: 64,
    length: source.family === 4 ? 60 : 80,
    df: true,
  };
}

/** The UDP packet of a vxlan tunnel around the given one. */
export function vxlan(src: string, dst: string, inner: Packet, macs: readonly [string, string]): Packet {
  const source = ip(src);
  return {
    ...tcp(src, EPHEMERAL, dst, 8472),
    protocol: PROTOCOL.udp,
    tcpFlags: 0,
    df: false,
    length: inner.length + (source.family === 4 ? 50 : 70),
    inner: { vni: 1, frame: { srcMac: macs[0], dstMac: macs[1], packet: inner } },
  };
}

export function evidence(kind: EvidenceKind, raw: string, where?: string): Evidence {
  return where === undefined ? { kind, raw } : { kind, raw, where };
}

/** A rule of iptables-nft; `place` is `table CHAIN NUMBER`. */
export function rule(hook: Hook, place: string, raw: string, effect: string): RuleStep {
  const [table, chain, number] = place.split(' ');
  return {
    kind: 'rule',
    ruleSet: 'iptables-nft',
    family: 4,
    hook,
    table: table!,
    chain: chain!,
    number: Number(number),
    raw,
    effect,
  };
}

export function endpoint(type: EndpointType, id: string, address: string, more: Partial<Endpoint> = {}): Endpoint {
  return { type, id, ip: ip(address), asked: id, ...more };
}

export { step };
