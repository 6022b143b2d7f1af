/** flannel's configuration: its ConfigMap, its command line, the user's flags, and what follows where none says. */
import type { Context } from '../../context/index.ts';
import { parsePrefix } from '../../model/address.ts';
import type { Prefix } from '../../model/address.ts';
import { commandFlag, commandSwitch, containersOf, configScalar, findConfig } from '../../k8s/index.ts';
import type { Cluster, Detected } from '../../k8s/index.ts';
import { annotationOf, hasLease } from './lease.ts';
import { flannelFlags } from './flags.ts';

export interface FlannelConfig {
  /** `vxlan`, `host-gw`, or any other word that flannel knows. */
  readonly backend: Detected<string>;
  /** The pods' network, per family. Empty where nothing tells. */
  readonly networks: readonly Prefix[];
  /** Prefix of the nodes' annotations. */
  readonly annotations: string;
  readonly vni: number;
  readonly port: number;
  /** vxlan: nodes on one link are reached by plain routes. */
  readonly isDirectRouting: boolean;
  readonly ipMasq: Detected<boolean>;
  readonly bridge: Detected<string>;
  readonly hostInterface?: string;
  /** Given by the user. */
  readonly podMtu?: number;
  /** flannel writes nftables rules of its own in place of iptables ones. */
  readonly isNftables: boolean;
}

/** Port that the kernel's vxlan takes where none is given (drivers/net/vxlan: 8472). */
const VXLAN_PORT = 8472;

export function readFlannelConfig(cluster: Cluster, context: Context): FlannelConfig {
  const flags = context.values(flannelFlags);
  const { cache, facts } = cluster;
  const net = netConf(cluster);
  const container = containersOf(cache, 'flanneld')[0] ?? containersOf(cache, 'kube-flannel')[0];
  const command = container?.value.command ?? [];
  const scalar = (...path: readonly string[]): string | undefined => net && configScalar(net.value, ...path);
  const annotations = commandFlag(command, 'kube-annotation-prefix') || 'flannel.alpha.coreos.com';
  const networks = [scalar('Network'), scalar('IPv6Network')].map((text) =>
    text === undefined ? undefined : parsePrefix(text),
  );
  const known = networks.filter((block) => block !== undefined);
  const masq = commandSwitch(command, 'ip-masq');
  return {
    backend: findBackend(cluster, annotations, flags['flannel-backend-type'], net),
    networks: known.length > 0 ? known : (facts.clusterCIDRs?.value ?? []),
    annotations,
    vni: Number(scalar('Backend', 'VNI') ?? 1),
    port: Number(scalar('Backend', 'Port') ?? 0) || VXLAN_PORT,
    isDirectRouting: scalar('Backend', 'DirectRouting') === 'true',
    ipMasq:
      context.isGiven('flannel-ip-masq') || container === undefined
        ? {
            value: flags['flannel-ip-masq'],
            from: context.isGiven('flannel-ip-masq') ? 'flag --flannel-ip-masq' : 'default',
          }
        : { value: masq ?? false, from: `--ip-masq of ${container.from}` },
    bridge: {
      value: flags['flannel-bridge'],
      from: context.isGiven('flannel-bridge') ? 'flag --flannel-bridge' : 'default',
    },
    ...(flags['flannel-host-interface'] === undefined ? {} : { hostInterface: flags['flannel-host-interface'] }),
    ...(flags['flannel-pod-mtu'] === undefined ? {} : { podMtu: flags['flannel-pod-mtu'] }),
    isNftables: scalar('EnableNFTables') === 'true',
  };
}

/** `net-conf.json`, of flannel itself or of Canal. */
export function netConf({ cache }: Cluster): Detected<string> | undefined {
  return findConfig(cache, 'kube-flannel-cfg', 'net-conf.json') ?? findConfig(cache, 'canal-config', 'net-conf.json');
}

/** What flannel itself wrote on a node says it where there is no ConfigMap, as in k3s. */
function findBackend(
  { cache }: Cluster,
  annotations: string,
  given: string | undefined,
  net: Detected<string> | undefined,
): Detected<string> {
  if (given !== undefined) return { value: given.toLowerCase(), from: 'flag --flannel-backend-type' };
  const configured = net && configScalar(net.value, 'Backend', 'Type');
  if (net !== undefined && configured !== undefined) return { value: configured.toLowerCase(), from: net.from };
  const node = cache.nodes.find((one) => hasLease(one, annotations));
  const annotated = node && annotationOf(node, annotations, 'backend-type');
  if (node !== undefined && annotated !== undefined)
    return { value: annotated.toLowerCase(), from: `annotation of Node ${node.name}` };
  return { value: 'vxlan', from: 'default' };
}
