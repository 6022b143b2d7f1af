/** Whether nftables' chains of family arp (arptables writes such too) let a question for a neighbour and its answer pass. */
import { forkIds } from '../../model/fork.ts';
import { NO_MAC, NO_PORT } from '../../model/packet.ts';
import type { ArpMessage, NetfilterInput } from '../netfilter/types.ts';
import type { NetNS } from '../netns.ts';
import { baseChainsAt, busyChainAt, evaluateBaseChain, NO_PROTOCOL } from '../nftables/index.ts';
import { environment } from '../walk/environment.ts';
import type { Ask } from './answer.ts';
import { barred, turned, type Barred } from './discovery.ts';

type ArpHook = 'input' | 'output';

/** Undefined where the asker's own rules let both pass. */
export function barredByArpAtAsker(ns: NetNS, dev: string, ask: Ask): Barred | undefined {
  if (isWithoutArpRules(ns)) return undefined;
  const passed = [passes(ns, 'output', dev, request(ask)), passes(ns, 'input', dev, reply(ask, undefined))];
  return barred(passed, `nftables arp of ${ns.key}`, `on ${dev}`, () =>
    passes(ns, 'input', dev, { ...request(turned(ask)), senderMac: undefined }),
  );
}

/** Undefined where the rules of the one that is asked let both pass. `mac` is what it would say. */
export function barredByArpAtAsked(ns: NetNS, dev: string, mac: string, ask: Ask): Barred | undefined {
  if (isWithoutArpRules(ns)) return undefined;
  const passed = [passes(ns, 'input', dev, request(ask)), passes(ns, 'output', dev, reply(ask, mac))];
  return barred(passed, `nftables arp of ${ns.key}`, `on ${dev}`, () =>
    passes(ns, 'output', dev, { ...request(turned(ask)), senderMac: mac }),
  );
}

function isWithoutArpRules(ns: NetNS): boolean {
  return (['input', 'output'] as const).every((hook) => {
    const busy = busyChainAt(ns, ['arp'], hook);
    return busy.ok && busy.value === undefined;
  });
}

/** arp_solicit: who asks leaves the other's MAC address empty. */
function request({ ip, sender, senderMac }: Ask): ArpMessage {
  return { operation: 1, sender, senderMac, target: ip, targetMac: NO_MAC };
}

function reply({ ip, sender, senderMac }: Ask, mac: string | undefined): ArpMessage {
  return { operation: 2, sender: ip, senderMac: mac, target: sender, targetMac: senderMac };
}

/** Undefined where it is not known. A chain that surely drops it decides, whatever others may do. */
function passes(ns: NetNS, hook: ArpHook, dev: string, arp: ArpMessage): boolean | undefined {
  const chains = baseChainsAt(ns, ['arp'], hook);
  if (!chains.ok) return undefined;
  let isKnown = true;
  for (const chain of chains.value) {
    const verdicts = new Set(evaluateBaseChain(chain, inputOf(ns, hook, dev, arp)).map(({ verdict }) => verdict.kind));
    if (verdicts.size === 1 && verdicts.has('drop')) return false;
    if (verdicts.size > 1 || !verdicts.has('accept')) isKnown = false;
  }
  return isKnown ? true : undefined;
}

/** In place of the IP packet that rules of other families look at there is none: its addresses are those of the question. */
function inputOf(ns: NetNS, hook: ArpHook, dev: string, arp: ArpMessage): NetfilterInput {
  const isIn = hook === 'input';
  return {
    hook,
    family: 4,
    packet: {
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
    },
    meta: {
      iif: isIn ? dev : undefined,
      oif: isIn ? undefined : dev,
      ...(isIn && { srcMac: arp.senderMac }),
      isBridged: false,
      pkttype: 'host',
      isLocal: false,
      arp,
    },
    ct: { state: 'INVALID', direction: 'original', isSnat: false, isDnat: false, mark: 0, zone: 0 },
    env: environment(ns),
    forkIds: forkIds(),
    assumed: new Map(),
  };
}
