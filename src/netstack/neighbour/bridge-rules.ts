/** Whether nftables' chains of family bridge let a question for a neighbour through a bridge, and its answer back. */
import { BROADCAST_MAC } from '../../model/packet.ts';
import type { Family } from '../../model/address.ts';
import type { Evidence } from '../../model/evidence.ts';
import type { Hook } from '../../model/step.ts';
import { dropsQuestions } from '../bridge/questions.ts';
import type { BridgeView } from '../bridge/ports.ts';
import { every } from '../netfilter/every.ts';
import { arpChains, bridgeChains, legacyAt } from '../layer2/legacy-chains.ts';
import type { NetNS } from '../netns.ts';
import type { Ask } from './answer.ts';
import { reply, request } from './arp-rules.ts';
import { advertisement, barred, solicitation, turned, type Barred } from './discovery.ts';
import { inPlaceOf, passesChains, type Message } from './question-rules.ts';

/** What bars an answer that gives this MAC address. */
export type BarredBy = (mac: string) => Barred | undefined;

/** A frame's way through a bridge by the names of its ports; undefined is the bridge itself. */
export interface Way {
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/** Undefined where no rule can have a say. */
export function barredByBridge(ns: NetNS, view: BridgeView, way: Way, ask: Ask): BarredBy | undefined {
  const legacy = legacyRules(ns, view, way, ask.ip.family);
  const chain = legacy ?? dropsQuestions(ns, ask.ip.family);
  if (chain === undefined) return undefined;
  const bridge = view.bridge.name;
  if (view.kind.vlanFiltering || legacy !== undefined) {
    const where = chain.where ?? 'a chain';
    return () => ({
      reason: `${where} sees questions on ${bridge} of ${ns.key} and may drop them`,
      mayBeLearned: true,
    });
  }
  const back = { from: way.to, to: way.from };
  const place = `between ${way.from ?? bridge} and ${way.to ?? bridge}`;
  return (mac) =>
    barred(
      [passes(ns, bridge, way, questionOf(ask)), passes(ns, bridge, back, answerOf(ask, mac))],
      `nftables bridge of ${ns.key}`,
      place,
      () => passes(ns, bridge, back, questionOf({ ...turned(ask), senderMac: mac })),
    );
}

const BRIDGE_HOOKS = ['brouting', 'prerouting', 'input', 'forward', 'output', 'postrouting'] as const;

/** ebtables sees each question; arptables those from port to port, where bridge-nf asks it (br_nf_forward_arp). */
function legacyRules(ns: NetNS, { bridge }: BridgeView, { from, to }: Way, family: Family): Evidence | undefined {
  const seen = legacyAt(bridgeChains(ns), BRIDGE_HOOKS);
  if (seen !== undefined || family === 6 || from === undefined || to === undefined) return seen;
  const isCalled = ns.sysctl('bridge/bridge-nf-call-arptables') === '1' || bridge.raw.includes('"nf_call_arptables":1');
  return isCalled ? legacyAt(arpChains(ns), ['forward']) : undefined;
}

/** A question or an answer with what is known of its frame. */
export type QuestionFrame = Pick<Message, 'packet'> & {
  readonly meta: Pick<Message['meta'], 'srcMac' | 'dstMac' | 'arp'>;
};

export function questionOf(ask: Ask): QuestionFrame {
  const { ip, senderMac } = ask;
  if (ip.family === 4) {
    const arp = request(ask);
    return { packet: inPlaceOf(arp), meta: { srcMac: senderMac, dstMac: BROADCAST_MAC, arp } };
  }
  const packet = solicitation(ask);
  return { packet, meta: { srcMac: senderMac, dstMac: multicastMac(packet.dst.d) } };
}

export function answerOf(ask: Ask, mac: string): QuestionFrame {
  // of what is outside it is not known
  const srcMac = mac.includes(':') ? mac : undefined;
  const macs = { srcMac, dstMac: ask.senderMac };
  if (ask.ip.family === 6) return { packet: advertisement(ask), meta: macs };
  const arp = reply(ask, srcMac);
  return { packet: inPlaceOf(arp), meta: { ...macs, arp } };
}

/** RFC 2464, 7. */
function multicastMac(lastWord: number): string {
  const bytes = [24, 16, 8, 0].map((shift) => ((lastWord >>> shift) & 0xff).toString(16).padStart(2, '0'));
  return ['33', '33', ...bytes].join(':');
}

/** Each hook knows one of the ports, FORWARD both. */
function passes(ns: NetNS, bridge: string, { from, to }: Way, { packet, meta }: QuestionFrame): boolean | undefined {
  const hooks: readonly (readonly [Hook, Way])[] =
    from === undefined
      ? [
          ['output', { from, to }],
          ['postrouting', { from, to }],
        ]
      : to === undefined
        ? [
            ['prerouting', { from, to }],
            ['input', { from, to }],
          ]
        : [
            ['prerouting', { from, to: undefined }],
            ['forward', { from, to }],
            ['postrouting', { from: undefined, to }],
          ];
  return every(hooks, ([hook, ports]) =>
    passesChains(ns, 'bridge', {
      hook,
      packet,
      meta: { ...meta, iif: ports.from, oif: ports.to, bridge },
      isMadeHere: from === undefined,
    }),
  );
}
