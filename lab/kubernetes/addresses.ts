/** Every address, name and number of a cluster, decided before anything is built. Each cluster has a LAN of its own. */
export const MOST_NODES = 4;

export const CLUSTER_CIDRS = '10.77.0.0/16,fd77::/48';
export const SERVICE_CIDRS = '10.96.0.0/16,fd96::/112';
export const CLUSTER_DNS = '10.96.0.10';
/** The API server, as pods know it. */
export const API_SERVICE = ['10.96.0.1', 'fd96::1'] as const;
export const API_PORT = 6443;

export interface LanHost {
  readonly ipv4: string;
  readonly ipv6: string;
}

const onLan = (number: number): LanHost => ({ ipv4: `192.168.77.${number}`, ipv6: `fd00:77::${number}` });

/** A host that is no part of the cluster; the nodes' default route leads to it. */
export const OUTSIDE: LanHost & { readonly far: LanHost } = {
  ...onLan(1),
  /** Addresses behind it, from a network that no node is in. */
  far: { ipv4: '203.0.113.9', ipv6: 'fd00:113::9' },
};
export const CONTROL_PLANE = onLan(10);
/** From 1. */
export const nodeHost = (number: number): LanHost => onLan(10 + number);
export const nodeName = (number: number): string => `node-${number}`;

/** External and load balancer addresses: the outside host sends them to the last node. */
export const EXTERNAL_CIDRS = ['203.0.113.80/29', 'fd00:113::80/125'] as const;

export type Machine = 'lan' | 'control-plane' | 'outside' | `node-${number}`;

/** Name of its network namespace, and of a node's cgroup. */
export const machineName = (cluster: string, machine: Machine): string => `${cluster}-${machine}`;

/** Only names that this makes: a cluster `a` does not own the namespaces of a cluster `a-b`. */
export function isMachineOf(cluster: string, name: string): boolean {
  return (
    name.startsWith(`${cluster}-`) && /^(lan|control-plane|outside|node-[1-9])$/.test(name.slice(cluster.length + 1))
  );
}
