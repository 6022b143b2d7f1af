/** Whether bridges look up the connections of their frames: they do in a namespace where a rule of family bridge asks for one. */
import type { NetNS } from '../netns.ts';
import { perNamespace } from '../per-namespace.ts';

/** nft_ct_get_init and nft_ct_set_init register its hooks when such a rule is loaded (nf_ct_netns_get). */
export const tracksConnections = perNamespace(({ nftables }: NetNS): boolean => {
  if (!nftables.ok) return false;
  const rules = nftables.value.tables
    .filter(({ family }) => family === 'bridge')
    .flatMap(({ chains }) => [...chains.values()].flatMap((chain) => chain.rules));
  return rules.some(({ raw }) => /(^|[\s({.])ct [a-z]/.test(raw));
});
