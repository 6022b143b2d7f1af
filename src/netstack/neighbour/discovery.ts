/** IPv6 resolves addresses by packets like any other: ip6tables sees the question and the answer where they are made and taken. */
import { ipv6 } from '../../model/address.ts';
import type { Packet } from '../../model/packet.ts';
import { NO_PORT, PROTOCOL } from '../../model/packet.ts';
import type { NetNS } from '../netns.ts';
import { passesInputHooks, passesOutputHooks } from '../walk/index.ts';
import type { Ask, AskAnswer } from './answer.ts';

/** Undefined where the asker's own rules let both pass. */
export function barredAtAsker(ns: NetNS, dev: string, ask: Ask): AskAnswer | undefined {
  return barred(ns, dev, [
    passesOutputHooks(ns, solicitation(ask), dev),
    passesInputHooks(ns, advertisement(ask), dev),
  ]);
}

/** Undefined where the rules of the one that is asked let both pass. */
export function barredAtAsked(ns: NetNS, dev: string, ask: Ask): AskAnswer | undefined {
  return barred(ns, dev, [
    passesInputHooks(ns, solicitation(ask), dev),
    passesOutputHooks(ns, advertisement(ask), dev),
  ]);
}

function barred(ns: NetNS, dev: string, passed: readonly (boolean | undefined)[]): AskAnswer | undefined {
  if (passed.every((each) => each === true)) return undefined;
  return passed.includes(false)
    ? { kind: 'no', reason: `ip6tables of ${ns.key} drops neighbour discovery on ${dev}` }
    : {
        kind: 'unknown',
        reason: `it is not known whether ip6tables of ${ns.key} lets neighbour discovery pass on ${dev}`,
      };
}

const SOLICITATION = {
  family: 6,
  protocol: PROTOCOL.icmpv6,
  sport: NO_PORT,
  dport: NO_PORT,
  icmpCode: 0,
  tcpFlags: 0,
  mark: 0,
  tos: 0,
  ttl: 255,
  length: 72,
  df: false,
} as const;

/** To the solicited-node multicast address (RFC 4291, 2.7.1). */
export function solicitation({ ip, sender }: Ask): Packet {
  return { ...SOLICITATION, src: sender, dst: ipv6(0xff020000, 0, 1, 0xff000000 | (ip.d & 0xffffff)), icmpType: 135 };
}

export function advertisement({ ip, sender }: Ask): Packet {
  return { ...SOLICITATION, src: ip, dst: sender, icmpType: 136 };
}
