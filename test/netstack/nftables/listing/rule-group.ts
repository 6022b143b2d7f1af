/** Rules that are put into one chain, and the sets and objects that they name. */
import type { NftFamily } from '../../../../src/netstack/nftables/types.ts';

export interface RuleGroup {
  readonly family: NftFamily;
  /** As the chain's declaration says it. */
  readonly chain: string;
  readonly rules: readonly string[];
  /** What needs a module or a version that not every kernel and nft has. */
  readonly mayBeRefused?: readonly string[];
}

/** One line each; rules follow, a line each. */
export const SURROUNDINGS = (family: NftFamily, chain: string): readonly string[] => [
  `add table ${family} t`,
  `add set ${family} t addresses { type ipv4_addr; flags interval; }`,
  `add set ${family} t clients { type ipv4_addr; size 100; flags dynamic,timeout; timeout 5m; }`,
  `add set ${family} t endpoints { type ipv4_addr . inet_service; flags interval; }`,
  `add map ${family} t forwards { type ipv4_addr : ipv4_addr . inet_service; }`,
  `add map ${family} t verdicts { type ipv4_addr : verdict; }`,
  `add map ${family} t marks { type inet_service : mark; }`,
  `add map ${family} t ports { type ipv4_addr : inet_service; flags dynamic; size 100; }`,
  `add counter ${family} t requests`,
  `add quota ${family} t daily { over 10 mbytes }`,
  `add limit ${family} t slow { rate 10/second }`,
  `add chain ${family} t web`,
  `add chain ${family} t api`,
  `add chain ${family} t probe { ${chain}; }`,
];
