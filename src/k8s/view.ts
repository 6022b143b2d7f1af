/** A node with the namespaces that were looked at, as checks get it. */
import type { NetNS } from '../netstack/netns.ts';
import type { NodeInfo } from './node.ts';
import type { ProxyMode } from './proxy-config.ts';
import type { ClusterFacts } from './detect.ts';
import type { Detected } from './detected.ts';

export interface NodeView {
  readonly node: NodeInfo;
  readonly host: NetNS;
  /** Namespaces of the node's pods that are on the path, by `namespace/pod`. */
  readonly pods: ReadonlyMap<string, NetNS>;
}

/**
 * How this node's services are really translated: what stands in its kernel goes before any configuration. Undefined
 * where neither tells, as with a data plane that kube-proxy has no part in.
 */
export function proxyModeOf(view: NodeView, facts: ClusterFacts): Detected<ProxyMode> | undefined {
  if (facts.proxy.mode?.from.startsWith('flag ') === true) return facts.proxy.mode;
  const { host, node } = view;
  const saves = ['iptables-legacy-save', 'iptables-nft-save', 'ip6tables-legacy-save', 'ip6tables-nft-save'] as const;
  const printed = (name: Parameters<NetNS['section']>[0]): string => host.section(name)?.stdout ?? '';
  if (host.link('kube-ipvs0') !== undefined) return { value: 'ipvs', from: `link kube-ipvs0 of ${node.name}` };
  if (/"name": ?"kube-proxy"/.test(printed('nft-ruleset'))) return { value: 'nftables', from: `nft table kube-proxy of ${node.name}` };
  if (saves.some((name) => printed(name).includes('\n:KUBE-SERVICES '))) return { value: 'iptables', from: `chain KUBE-SERVICES of ${node.name}` };
  return facts.proxy.mode;
}
