/** Finds out how the cluster is set up, each fact with the source that said so. What nothing tells stays unknown. */
import type { Context } from '../context/context.ts';
import type { IP, Prefix } from '../model/address.ts';
import { readPrefixes } from './addresses.ts';
import { clusterFlags } from './flags.ts';
import type { IPCache } from './ip-cache.ts';
import { containersOf, findConfig } from './components.ts';
import { commandFlag } from './command-line.ts';
import { configScalar } from './config-scalar.ts';
import type { Detected } from './detected.ts';
import { at, list } from './fields.ts';
import { readProxyConfig } from './proxy-config.ts';
import type { ProxyConfig } from './proxy-config.ts';
import { addressesOutside, blocksInUse } from './service-addresses.ts';

export interface ClusterFacts {
  readonly clusterCIDRs?: Detected<readonly Prefix[]>;
  readonly serviceCIDRs?: Detected<readonly Prefix[]>;
  /** Services' addresses that are not in `serviceCIDRs`, which then says too little. */
  readonly serviceAddressesOutside?: Detected<readonly IP[]>;
  readonly proxy: ProxyConfig;
}

/** Everything that is known about a cluster before any node is looked at. */
export interface Cluster {
  readonly cache: IPCache;
  readonly facts: ClusterFacts;
}

export function detectCluster(cache: IPCache, context: Context): Cluster {
  const flags = context.values(clusterFlags);
  const proxy = readProxyConfig(cache, flags['proxy-mode']);
  const clusterCIDRs = first([
    () => found([flags['cluster-cidr']], 'flag --cluster-cidr'),
    () => proxy.clusterCIDRs,
    () => fromKubeadm(cache, 'podSubnet'),
    () => fromCommand(cache, 'kube-controller-manager', 'cluster-cidr'),
    () => fromFlannel(cache),
    () =>
      found(
        cache.nodes.flatMap((node) => node.podCIDRs.map((cidr) => cidr.text)),
        `podCIDRs of ${cache.nodes.length} nodes`,
      ),
  ]);
  const serviceCIDRs = first([
    () => found([flags['service-cidr']], 'flag --service-cidr'),
    () =>
      found(
        cache.objects('ServiceCIDR').flatMap((object) => list(at(object, 'spec'), 'cidrs')),
        'ServiceCIDR objects',
      ),
    () => fromCommand(cache, 'kube-apiserver', 'service-cluster-ip-range'),
    () => fromCommand(cache, 'kube-controller-manager', 'service-cluster-ip-range'),
    () => fromKubeadm(cache, 'serviceSubnet'),
    () => blocksInUse(cache),
  ]);
  const outside = serviceCIDRs && addressesOutside(cache, serviceCIDRs.value);
  return {
    cache,
    facts: {
      proxy,
      ...(clusterCIDRs === undefined ? {} : { clusterCIDRs }),
      ...(serviceCIDRs === undefined ? {} : { serviceCIDRs }),
      ...(outside === undefined ? {} : { serviceAddressesOutside: outside }),
    },
  };
}

/** Rows for {@link PacketPath.detected}. */
export function describeFacts(
  facts: ClusterFacts,
): readonly { readonly what: string; readonly value: string; readonly from: string }[] {
  const blocks = (what: string, detected: Detected<readonly Prefix[]> | undefined) =>
    detected === undefined
      ? []
      : [{ what, value: detected.value.map((block) => block.text).join(','), from: detected.from }];
  const { mode } = facts.proxy;
  const outside = facts.serviceAddressesOutside;
  return [
    ...blocks('cluster CIDR', facts.clusterCIDRs),
    ...blocks('service CIDR', facts.serviceCIDRs),
    ...(outside === undefined
      ? []
      : [{ what: 'service addresses outside it', value: shorten(outside.value), from: outside.from }]),
    ...(mode === undefined ? [] : [{ what: 'proxy mode', value: mode.value, from: mode.from }]),
  ];
}

const MOST_SHOWN = 3;

function shorten(addresses: readonly IP[]): string {
  const more = addresses.length - MOST_SHOWN;
  const shown = addresses.slice(0, MOST_SHOWN).map(({ text }) => text);
  return `${shown.join(',')}${more > 0 ? ` and ${more} more` : ''}`;
}

type Source = () => Detected<readonly Prefix[]> | undefined;

function first(sources: readonly Source[]): Detected<readonly Prefix[]> | undefined {
  for (const source of sources) {
    const answer = source();
    if (answer !== undefined) return answer;
  }
  return undefined;
}

function found(values: readonly unknown[], from: string): Detected<readonly Prefix[]> | undefined {
  const value = readPrefixes(values);
  return value.length === 0 ? undefined : { value, from };
}

function fromKubeadm(cache: IPCache, key: 'podSubnet' | 'serviceSubnet'): Detected<readonly Prefix[]> | undefined {
  const config = findConfig(cache, 'kubeadm-config', 'ClusterConfiguration');
  return config && found([configScalar(config.value, 'networking', key)], config.from);
}

function fromCommand(cache: IPCache, component: string, flag: string): Detected<readonly Prefix[]> | undefined {
  for (const container of containersOf(cache, component)) {
    const answer = found([commandFlag(container.value.command, flag)], `--${flag} of ${container.from}`);
    if (answer !== undefined) return answer;
  }
  return undefined;
}

function fromFlannel(cache: IPCache): Detected<readonly Prefix[]> | undefined {
  const config = findConfig(cache, 'kube-flannel-cfg', 'net-conf.json');
  return (
    config && found([configScalar(config.value, 'Network'), configScalar(config.value, 'IPv6Network')], config.from)
  );
}
