/** IPv6 resolves addresses by packets like any other: ip6tables sees the question and the answer where they are made and taken. */
import { ipv6 } from '../../model/address.ts';
import type { Packet } from '../../model/packet.ts';
import { NO_PORT, PROTOCOL } from '../../model/packet.ts';
import type { NetNS } from '../netns.ts';
import { passesInputHooks, passesOutputHooks } from '../walk/index.ts';
import type { Ask } from './answer.ts';

/** Rules drop the question or the answer, or may do so. */
export interface Barred {
  readonly reason: string;
  /**
   * The asker may know the address all the same: whoever asks tells who he is (ndisc_recv_ns), so that the other's own
   * question teaches it. False where that question can't come through.
   */
  readonly mayBeLearned: boolean;
}

/** Undefined where the asker's own rules let both pass. */
export function barredAtAsker(ns: NetNS, dev: string, ask: Ask): Barred | undefined {
  const passed = [passesOutputHooks(ns, solicitation(ask), dev), passesInputHooks(ns, advertisement(ask), dev)];
  return barred(passed, `ip6tables of ${ns.key}`, `on ${dev}`, () =>
    passesInputHooks(ns, solicitation(turned(ask)), dev),
  );
}

/** Undefined where the rules of the one that is asked let both pass. */
export function barredAtAsked(ns: NetNS, dev: string, ask: Ask): Barred | undefined {
  const passed = [passesInputHooks(ns, solicitation(ask), dev), passesOutputHooks(ns, advertisement(ask), dev)];
  return barred(passed, `ip6tables of ${ns.key}`, `on ${dev}`, () =>
    passesOutputHooks(ns, solicitation(turned(ask)), dev),
  );
}

/** `passed`: whether question and answer come through; `passesTurned`: whether the other's own question does. */
export function barred(
  passed: readonly (boolean | undefined)[],
  rules: string,
  place: string,
  passesTurned: () => boolean | undefined,
): Barred | undefined {
  if (passed.every((each) => each === true)) return undefined;
  if (!passed.includes(false))
    return {
      reason: `it is not known whether ${rules} lets neighbour discovery pass ${place}`,
      mayBeLearned: true,
    };
  return { reason: `${rules} drops neighbour discovery ${place}`, mayBeLearned: passesTurned() !== false };
}

/** The question that the one who is asked would ask in turn. */
export function turned({ ip, sender, senderMac }: Ask): Ask {
  return { ip: sender, sender: ip, senderMac };
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
