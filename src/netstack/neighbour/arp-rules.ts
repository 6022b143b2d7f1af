/** Whether nftables' chains of family arp (arptables writes such too) let a question for a neighbour and its answer pass. */
import { NO_MAC } from '../../model/packet.ts';
import type { ArpMessage } from '../netfilter/types.ts';
import { passesArptables } from '../layer2/arp-verdict.ts';
import { arpChains, legacyAt } from '../layer2/legacy-chains.ts';
import type { NetNS } from '../netns.ts';
import { busyChainAt } from '../nftables/index.ts';
import type { Ask } from './answer.ts';
import { barred, turned, type Barred } from './discovery.ts';
import { inPlaceOf, passesChains } from './question-rules.ts';

type ArpHook = 'input' | 'output';

/** Undefined where the asker's own rules let both pass. */
export function barredByArpAtAsker(ns: NetNS, dev: string, ask: Ask): Barred | undefined {
  if (isWithoutArpRules(ns)) return undefined;
  const passed = [passes(ns, 'output', dev, request(ask)), passes(ns, 'input', dev, reply(ask, undefined))];
  return barred(passed, `${rulesOf(ns)} of ${ns.key}`, `on ${dev}`, () =>
    passes(ns, 'input', dev, { ...request(turned(ask)), senderMac: undefined }),
  );
}

/** Undefined where the rules of the one that is asked let both pass. `mac` is what it would say. */
export function barredByArpAtAsked(ns: NetNS, dev: string, mac: string, ask: Ask): Barred | undefined {
  if (isWithoutArpRules(ns)) return undefined;
  const passed = [passes(ns, 'input', dev, request(ask)), passes(ns, 'output', dev, reply(ask, mac))];
  return barred(passed, `${rulesOf(ns)} of ${ns.key}`, `on ${dev}`, () =>
    passes(ns, 'output', dev, { ...request(turned(ask)), senderMac: mac }),
  );
}

function isWithoutArpRules(ns: NetNS): boolean {
  return (['input', 'output'] as const).every((hook) => {
    const busy = busyChainAt(ns, ['arp'], hook);
    return busy.ok && busy.value === undefined && legacyAt(arpChains(ns), [hook]) === undefined;
  });
}

function rulesOf(ns: NetNS): string {
  return legacyAt(arpChains(ns), ['input', 'output']) === undefined ? 'nftables arp' : 'arptables-legacy';
}

/** arp_solicit: who asks leaves the other's MAC address empty. */
export function request({ ip, sender, senderMac }: Ask): ArpMessage {
  return { operation: 1, sender, senderMac, target: ip, targetMac: NO_MAC };
}

export function reply({ ip, sender, senderMac }: Ask, mac: string | undefined): ArpMessage {
  return { operation: 2, sender: ip, senderMac: mac, target: sender, targetMac: senderMac };
}

function passes(ns: NetNS, hook: ArpHook, dev: string, arp: ArpMessage): boolean | undefined {
  const isIn = hook === 'input';
  const meta = { iif: isIn ? dev : undefined, oif: isIn ? undefined : dev, ...(isIn && { srcMac: arp.senderMac }) };
  const isPassed = passesChains(ns, 'arp', { hook, packet: inPlaceOf(arp), meta: { ...meta, arp } });
  if (isPassed === false || legacyAt(arpChains(ns), [hook]) === undefined) return isPassed;
  const { arptables } = ns;
  const isLet = arptables.ok
    ? passesArptables(arptables.value, hook, { arp, iif: meta.iif, oif: meta.oif })
    : undefined;
  return isLet === true ? isPassed : isLet;
}
