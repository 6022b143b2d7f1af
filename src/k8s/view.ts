/** A node with the namespaces that were looked at, as checks get it. */
import type { SectionName } from '../model/dump.ts';
import { savesMention } from '../netstack/iptables/saves.ts';
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
  return modeOf(host, node.name) ?? facts.proxy.mode;
}

/** Rows for {@link PacketPath.detected}: what the nodes' rules say of the mode where no object says it; each mode once. */
export function describeProxyModes(
  hosts: readonly { readonly host: NetNS; readonly name: string }[],
  facts: ClusterFacts,
): readonly { readonly what: string; readonly value: string; readonly from: string }[] {
  if (facts.proxy.mode !== undefined) return [];
  const modes = new Map<string, string>();
  for (const { host, name } of hosts) {
    const mode = modeOf(host, name);
    if (mode !== undefined && !modes.has(mode.value)) modes.set(mode.value, mode.from);
  }
  return [...modes].map(([value, from]) => ({ what: 'proxy mode', value, from }));
}

function modeOf(host: NetNS, name: string): Detected<ProxyMode> | undefined {
  if (!kept.has(host)) kept.set(host, modeInKernel(host, name));
  return kept.get(host);
}

/** A node's rules may be megabytes of text: they are looked through once. */
const kept = new WeakMap<NetNS, Detected<ProxyMode> | undefined>();

function modeInKernel(host: NetNS, name: string): Detected<ProxyMode> | undefined {
  const printed = (section: SectionName): string => host.section(section)?.stdout ?? '';
  if (host.link('kube-ipvs0') !== undefined) return { value: 'ipvs', from: `link kube-ipvs0 of ${name}` };
  if (
    /"name": ?"kube-proxy"/.test(printed('nft-ruleset')) ||
    /^table \S+ kube-proxy \{/m.test(printed('nft-ruleset-text'))
  )
    return { value: 'nftables', from: `nft table kube-proxy of ${name}` };
  if (savesMention(host, '\n:KUBE-SERVICES ')) return { value: 'iptables', from: `chain KUBE-SERVICES of ${name}` };
  return undefined;
}
