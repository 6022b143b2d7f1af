/** The chains of the legacy arptables and ebtables that may do anything to a frame, by name. */
import type { Evidence } from '../../model/evidence.ts';
import { perNamespace } from '../per-namespace.ts';
import type { Parsed } from '../state.ts';
import type { LegacyChain } from './parse-list.ts';

/** NF_ARP_FORWARD is for what a bridge hands from port to port, with net.bridge.bridge-nf-call-arptables. */
export type ArpHook = 'input' | 'output' | 'forward';
/** `brouting` decides whether a port's frame is bridged at all (ebtable_broute.c). */
export type BridgeHook = 'brouting' | 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting';

export type LegacyHook<H extends string> = Parsed<Readonly<Partial<Record<H, Evidence>>>>;

/** By hook the first that is not empty, or whose policy is not to accept. */
export const arpChains = perNamespace((ns): LegacyHook<ArpHook> => busy(ns.arptables, `arptables-legacy of ${ns.key}`));

export const bridgeChains = perNamespace((ns): LegacyHook<BridgeHook> =>
  busy(ns.ebtables, `ebtables-legacy of ${ns.key}`),
);

function busy(chains: Parsed<readonly LegacyChain[]>, where: string): LegacyHook<string> {
  if (!chains.ok) return chains;
  const value: Record<string, Evidence> = {};
  for (const { table, name, policy, rules } of chains.value) {
    if (policy === undefined || (policy === 'ACCEPT' && rules.length === 0)) continue;
    const raw = rules[0] ?? `policy ${policy}`;
    const kind = rules.length === 0 ? 'policy' : 'rule';
    value[name.toLowerCase()] ??= { kind, raw, where: `${where}, table ${table}, chain ${name}` };
  }
  return { ok: true, value };
}

/** What sees the frame or the message, as the end of a sentence's first half; undefined where nothing does. */
export function legacyAt<H extends string>(chains: LegacyHook<H>, hooks: readonly H[]): Evidence | undefined {
  if (!chains.ok)
    return {
      kind: 'section',
      raw: chains.missing.reason,
      where: `rules of ${chains.missing.section}, which are not known`,
    };
  for (const hook of hooks) if (chains.value[hook] !== undefined) return chains.value[hook];
  return undefined;
}
