/** A part of a hook that is rules alone: a table of iptables, or a base chain of nftables. */
import { evaluateTable, type IPTables } from '../iptables/index.ts';
import type { NetfilterInput, NetfilterOutcome } from '../netfilter/types.ts';
import { evaluateBaseChain, type BaseChain } from '../nftables/index.ts';

export type RulePart =
  | { readonly kind: 'table'; readonly rules: IPTables; readonly table: string }
  | { readonly kind: 'chain'; readonly chain: BaseChain };

/** Every way of the packet through it; never empty. */
export function evaluateRules(part: RulePart, input: NetfilterInput): readonly NetfilterOutcome[] {
  return part.kind === 'table' ? evaluateTable(part.rules, part.table, input) : evaluateBaseChain(part.chain, input);
}

/** `iptables-nft nat`, `nft ip kube-proxy nat-prerouting`. */
export function nameOf(part: RulePart): string {
  if (part.kind === 'table') return `${part.rules.ruleSet} ${part.table}`;
  const { table, name } = part.chain;
  return `nft ${table.family} ${table.name} ${name}`;
}
