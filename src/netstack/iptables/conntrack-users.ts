/** Says whether a rule set makes the kernel track connections of its family in the namespace (callers of nf_ct_netns_get). */
import { compileRule } from './compile-rule.ts';
import { SharedParts } from './shared-parts.ts';
import type { IPTables, Table } from './types.ts';

const MATCHES = ['conntrack', 'state', 'connmark', 'connbytes', 'connlimit', 'connlabel', 'cluster', 'helper'];
const TARGETS = ['CONNMARK', 'CONNSECMARK', 'CT', 'DNAT', 'MASQUERADE', 'NETMAP', 'REDIRECT', 'SNAT', 'SYNPROXY'];

const kept = new WeakMap<IPTables, boolean>();

/** A rule alone is enough, in whatever chain it stands, reachable or not. A nat table with no rule of these is not. */
export function needsConntrack(rules: IPTables): boolean {
  let answer = kept.get(rules);
  if (answer === undefined) {
    answer = rules.incompatible.length > 0 || [...rules.tables.values()].some((table) => usesConntrack(rules, table));
    kept.set(rules, answer);
  }
  return answer;
}

function usesConntrack(rules: IPTables, table: Table): boolean {
  const shared = new SharedParts();
  for (const { rules: list } of table.chains.values()) {
    for (const rule of list) {
      if (!MAY_USE.test(rule.raw)) continue;
      // The words may stand in a comment: only reading the rule tells.
      const compiled = compileRule(rule, { family: rules.family, hasChain: (name) => table.chains.has(name), shared });
      if (compiled.modules.some((name) => MATCHES.includes(name))) return true;
      if (rule.jump !== undefined && TARGETS.includes(rule.jump) && compiled.effect !== 'NOTRACK') return true;
    }
  }
  return false;
}

const MAY_USE = new RegExp(`-m (?:${MATCHES.join('|')}) |-j (?:${TARGETS.join('|')})(?: |$)`);
