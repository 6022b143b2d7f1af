/** Flow tables: what belongs to an established connection may be forwarded past all hooks (nf_flow_table_ip.c). */
import { PROTOCOL, TCP_FLAG } from '../../model/packet.ts';
import type { NetNS } from '../netns.ts';
import { perNamespace } from '../per-namespace.ts';
import type { Walk } from './walk.ts';

const hasFlowRules = perNamespace(({ nftables }: NetNS): boolean => {
  if (!nftables.ok) return false;
  for (const { chains } of nftables.value.tables)
    for (const { rules } of chains.values())
      if (rules.some(({ raw }) => /\bflow (add|offload) @/.test(raw))) return true;
  return false;
});

/** The answer to the first packet is what the rule hands over at the earliest (nft_flow_offload_eval); it meets all rules itself. */
export function mayGoPastHooks({ ns, packet, connection }: Walk): boolean {
  if (connection?.seenReply !== true || packet.protocol !== PROTOCOL.tcp) return false;
  return (packet.tcpFlags & TCP_FLAG.syn) === 0 && hasFlowRules(ns);
}
