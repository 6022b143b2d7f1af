/** iptables-legacy and iptables-nft, IPv4 and IPv6: parse, print, evaluate. */
export { needsConntrack } from './conntrack-users.ts';
export { MOST_UNKNOWN_WAYS } from '../netfilter/open-ways.ts';
export { evaluateTable, hasChain, passingStep } from './evaluate.ts';
export { parseIptablesSave } from './parse-save.ts';
export { printIptablesSave } from './print-save.ts';
export { IptablesSyntaxError } from './syntax-error.ts';
export type { Chain, IPTables, Rule, SaveLine, Table } from './types.ts';

import type { IPTables } from './types.ts';

/** Names of the tables, in the order of the text. */
export function tables(rules: IPTables): readonly string[] {
  return [...rules.tables.keys()];
}
