/** The rule set of a namespace without what iptables-nft made, which is evaluated from the save tool's output. */
import type { NetNS } from '../netns.ts';
import type { Parsed } from '../state.ts';
import { baseChainsOf } from './base-chains.ts';
import { isIptablesTable } from './iptables-table.ts';
import type { RuleSet } from './types.ts';
import type { BaseChain } from './walked.ts';

const kept = new WeakMap<NetNS, Parsed<RuleSet>>();

export function nativeRuleSet(ns: NetNS): Parsed<RuleSet> {
  let rules = kept.get(ns);
  if (rules === undefined) {
    rules = readRuleSet(ns);
    kept.set(ns, rules);
  }
  return rules;
}

function readRuleSet(ns: NetNS): Parsed<RuleSet> {
  const parsed = ns.nftables;
  if (!parsed.ok) return parsed;
  const tables = parsed.value.tables.filter((table) => !isIptablesTable(ns, table));
  return { ok: true, value: tables.length === parsed.value.tables.length ? parsed.value : { tables } };
}

/** Base chains of the families at the hook; of those bound to devices the ones of `device` alone. */
export function baseChainsAt(
  ns: NetNS,
  families: readonly string[],
  hook: string,
  device?: string,
): Parsed<readonly BaseChain[]> {
  const rules = nativeRuleSet(ns);
  if (!rules.ok) return rules;
  const chains = baseChainsOf(rules.value).filter(
    (chain) =>
      chain.hook === hook &&
      families.includes(chain.table.family) &&
      (device === undefined || chain.devices.length === 0 || chain.devices.includes(device)),
  );
  return { ok: true, value: chains };
}
