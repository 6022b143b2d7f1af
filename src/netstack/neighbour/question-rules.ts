/** Whether nftables' chains of a family let a single message pass: a question for a neighbour, or the answer to it. */
import { sameIP } from '../../model/address.ts';
import { forkIds } from '../../model/fork.ts';
import type { Packet } from '../../model/packet.ts';
import { NO_PORT } from '../../model/packet.ts';
import type { Hook } from '../../model/step.ts';
import { every } from '../netfilter/every.ts';
import type { ArpMessage, NetfilterOutcome, PacketMeta } from '../netfilter/types.ts';
import type { NetNS } from '../netns.ts';
import { baseChainsAt, evaluateBaseChain, NO_PROTOCOL, type BaseChain } from '../nftables/index.ts';
import { environment } from '../walk/environment.ts';

/** A message at a hook. */
export interface Message {
  readonly hook: Hook;
  readonly packet: Packet;
  readonly meta: Pick<PacketMeta, 'iif' | 'oif' | 'srcMac' | 'dstMac' | 'bridge' | 'arp' | 'atDevice'>;
  /** The namespace itself sends it by its bridge. */
  readonly isMadeHere?: boolean;
  /** Whose chains are asked, at a hook of devices. */
  readonly device?: string;
}

/** Undefined where it is not known. A chain that surely drops it decides, whatever others may do. */
export function passesChains(
  ns: NetNS,
  family: string,
  { hook, packet, meta, device, isMadeHere }: Message,
): boolean | undefined {
  const chains = baseChainsAt(ns, [family], hook, device);
  if (!chains.ok) return undefined;
  const input = {
    hook,
    family: packet.family,
    packet,
    meta: { ...meta, isBridged: false, pkttype: 'host', isLocal: false },
    ct: { state: 'INVALID', direction: 'original', isSnat: false, isDnat: false, mark: 0, zone: 0 },
    env: environment(ns),
    forkIds: forkIds(),
    assumed: new Map(),
  } as const;
  return every(chains.value, (chain) => {
    const isSeen = family === 'bridge' && (isMadeHere === true ? packet.family === 6 : !isEarly(hook, chain));
    const state = isSeen ? 'UNTRACKED' : 'INVALID';
    const seen = { ...input, ct: { ...input.ct, state } } as const;
    const fates = new Set(evaluateBaseChain(chain, seen).map((outcome) => fateOf(outcome, packet)));
    return fates.size === 1 ? [...fates][0] : undefined;
  });
}

/** One that rules have given another hop limit is taken for one from elsewhere (ndisc_rcv). */
function fateOf({ verdict, packet }: NetfilterOutcome, asked: Packet): boolean | undefined {
  if (verdict.kind === 'drop') return false;
  if (verdict.kind !== 'accept') return undefined;
  if (packet.ttl !== asked.ttl) return false;
  return sameIP(packet.src, asked.src) && sameIP(packet.dst, asked.dst) ? true : undefined;
}

/** A bridge has not looked at it (nf_ct_bridge_pre): what it does not track is invalid until then. Of what is made here IPv6's is seen by IP. */
function isEarly(hook: Hook, { priority }: BaseChain): boolean {
  return hook === 'prerouting' && priority <= -200;
}

/** Where rules of other families look at an IP packet there is none; its addresses are those of the question. */
export function inPlaceOf(arp: ArpMessage): Packet {
  return {
    family: 4,
    src: arp.sender,
    dst: arp.target,
    protocol: NO_PROTOCOL,
    sport: NO_PORT,
    dport: NO_PORT,
    tcpFlags: 0,
    mark: 0,
    tos: 0,
    ttl: 0,
    length: 28,
    df: false,
  };
}
