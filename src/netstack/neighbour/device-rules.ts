/** Whether nftables' chains at a device let a question for a neighbour through, and its answer back. */
import { dropsAtDevice } from '../attached/devices.ts';
import { every } from '../netfilter/every.ts';
import type { NetNS } from '../netns.ts';
import { deviceFamilies, type DeviceHook } from '../nftables/index.ts';
import type { Ask } from './answer.ts';
import { answerOf, questionOf, type BarredBy, type QuestionFrame } from './bridge-rules.ts';
import { barred, turned } from './discovery.ts';
import { passesChains } from './question-rules.ts';

/** `way`: how the question crosses the device; the answer crosses it the other way. Undefined where no rule can have a say. */
export function barredAtDevice(ns: NetNS, dev: string, way: DeviceHook, ask: Ask): BarredBy | undefined {
  const { family } = ask.ip;
  if (dropsAtDevice(ns, dev, family) === undefined) return undefined;
  const back = way === 'ingress' ? 'egress' : 'ingress';
  const passes = (hook: DeviceHook, { packet, meta }: QuestionFrame): boolean | undefined => {
    const isIn = hook === 'ingress';
    const place = { iif: isIn ? dev : undefined, oif: isIn ? undefined : dev, atDevice: 'ethernet' } as const;
    // chains of inet see no ARP (nft_do_chain_inet_ingress)
    const families = family === 4 ? ['netdev'] : deviceFamilies(hook);
    return every(families, (one) => passesChains(ns, one, { hook, packet, meta: { ...meta, ...place }, device: dev }));
  };
  return (mac) =>
    barred(
      [passes(way, questionOf(ask)), passes(back, answerOf(ask, mac))],
      `nftables at ${dev} of ${ns.key}`,
      'there',
      () => passes(back, questionOf({ ...turned(ask), senderMac: mac })),
    );
}
