/** The nouns of an iptables rule set. (Shape to be widened by this folder's owner.) */
import type { Family } from '../../model/address.ts';

export interface IPTables {
  readonly ruleSet: 'iptables-legacy' | 'iptables-nft';
  readonly family: Family;
}
