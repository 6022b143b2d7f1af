/** How kube-proxy was told to work. */
import type { Prefix } from '../model/address.ts';
import { readPrefixes } from './addresses.ts';
import { commandFlag, commandSwitch } from './command-line.ts';
import { containersOf, findConfig } from './components.ts';
import { configList, configScalar } from './config-scalar.ts';
import type { Detected } from './detected.ts';
import type { IPCache } from './ip-cache.ts';

export type ProxyMode = 'iptables' | 'ipvs' | 'nftables';

/** How kube-proxy tells pods from the rest; `none`: it does not. */
export type LocalDetection = 'ClusterCIDR' | 'NodeCIDR' | 'BridgeInterface' | 'InterfaceNamePrefix' | 'none';

export interface ProxyConfig {
  readonly mode?: Detected<ProxyMode>;
  readonly clusterCIDRs?: Detected<readonly Prefix[]>;
  /** Absent where its configuration was not found. */
  readonly localDetection?: LocalDetection;
  /** True masquerades everything that goes to a cluster address. */
  readonly masqueradeAll: boolean;
  /** Empty: every address of the node; `primary`: the node's own. */
  readonly nodePortAddresses: readonly Prefix[] | 'primary';
  readonly localhostNodePorts: boolean;
}

/** `givenMode` is the user's flag and wins. */
export function readProxyConfig(cache: IPCache, givenMode: ProxyMode | undefined): ProxyConfig {
  const config = findConfig(cache, 'kube-proxy', 'config.conf') ?? findConfig(cache, 'kube-proxy-config', 'config');
  const container = containersOf(cache, 'kube-proxy')[0];
  const told = (flag: string): string | undefined =>
    (container === undefined ? undefined : commandFlag(container.value.command, flag)) || undefined;
  const scalar = (...path: readonly string[]): string | undefined => config && configScalar(config.value, ...path);
  const isOn = (flag: string, ...path: readonly string[]): boolean | undefined => {
    const given = container && commandSwitch(container.value.command, flag);
    const value = scalar(...path);
    return given ?? (value === undefined ? undefined : value === 'true');
  };
  const addresses =
    told('nodeport-addresses')?.split(',') ??
    (config === undefined ? [] : configList(config.value, 'nodePortAddresses'));
  const mode = findMode(givenMode, told('proxy-mode'), scalar('mode'), {
    config: config?.from,
    container: container?.from,
  });
  const clusterCIDR = told('cluster-cidr') ?? scalar('clusterCIDR');
  const clusterCIDRs = readPrefixes([clusterCIDR]);
  const localDetection = readDetection(
    told('detect-local-mode') ?? scalar('detectLocalMode'),
    clusterCIDRs,
    config !== undefined || container !== undefined,
  );
  const clusterFrom = told('cluster-cidr') === undefined ? config?.from : container?.from;
  return {
    ...(mode === undefined ? {} : { mode }),
    ...(clusterCIDRs.length === 0 || clusterFrom === undefined
      ? {}
      : { clusterCIDRs: { value: clusterCIDRs, from: clusterFrom } }),
    ...(localDetection === undefined ? {} : { localDetection }),
    masqueradeAll: isOn('masquerade-all', 'iptables', 'masqueradeAll') ?? false,
    nodePortAddresses: addresses.includes('primary') ? 'primary' : readPrefixes(addresses),
    localhostNodePorts: isOn('iptables-localhost-nodeports', 'iptables', 'localhostNodePorts') ?? true,
  };
}

function findMode(
  given: ProxyMode | undefined,
  flag: string | undefined,
  configured: string | undefined,
  from: { readonly config: string | undefined; readonly container: string | undefined },
): Detected<ProxyMode> | undefined {
  if (given !== undefined) return { value: given, from: 'flag --proxy-mode' };
  const byFlag = asMode(flag);
  if (byFlag !== undefined && from.container !== undefined)
    return { value: byFlag, from: `--proxy-mode of ${from.container}` };
  const byConfig = asMode(configured);
  if (byConfig !== undefined && from.config !== undefined) return { value: byConfig, from: from.config };
  // An empty mode is iptables on Linux.
  const where = from.config ?? from.container;
  return where !== undefined && configured === undefined && flag === undefined
    ? { value: 'iptables', from: `${where}, which names none` }
    : undefined;
}

function asMode(text: string | undefined): ProxyMode | undefined {
  return text === 'iptables' || text === 'ipvs' || text === 'nftables' ? text : undefined;
}

function readDetection(
  text: string | undefined,
  clusterCIDRs: readonly Prefix[],
  isConfigured: boolean,
): LocalDetection | undefined {
  if (!isConfigured) return undefined;
  switch (text) {
    case 'NodeCIDR':
    case 'BridgeInterface':
    case 'InterfaceNamePrefix':
      return text;
    default:
      return clusterCIDRs.length > 0 ? 'ClusterCIDR' : 'none';
  }
}
