/** One node's namespaces, with the pods that live in them. */
import type { IP } from '../model/address.ts';
import type { NetNSInfo, NodeNetworkStackDump } from '../model/dump.ts';
import { NetNS } from '../netstack/netns.ts';

/** What is needed of a pod to find its namespace. */
export interface PodIdentity {
  /** `namespace/name`. */
  readonly id: string;
  readonly uid: string | undefined;
  readonly ips: readonly IP[];
}

export interface NodeState {
  readonly name: string;
  readonly dump: NodeNetworkStackDump;
  readonly host: NetNS;
  readonly namespaces: readonly NetNS[];
  /** By pod id. */
  readonly pods: ReadonlyMap<string, NetNS>;
  /** Pod ids by namespace. */
  readonly podOf: ReadonlyMap<NetNS, string>;
}

/** Undefined where the dump has no host namespace. Pods are matched by UID first, by their addresses else. */
export function nodeState(dump: NodeNetworkStackDump, pods: readonly PodIdentity[]): NodeState | undefined {
  const owners = podsByInode(dump, pods);
  const pairs = dump.netns.map((info) => [info, new NetNS(keyOf(dump, info, owners), info, dump)] as const);
  const host = pairs.find(([info]) => info.isHost)?.[1];
  if (host === undefined) return undefined;
  const podOf = new Map<NetNS, string>();
  for (const [info, ns] of pairs) {
    const owner = owners.get(info.inode);
    if (owner !== undefined && !info.isHost) podOf.set(ns, owner);
  }
  return {
    name: dump.nodeName,
    dump,
    host,
    podOf,
    namespaces: pairs.map(([, ns]) => ns),
    pods: new Map([...podOf].map(([ns, pod]) => [pod, ns])),
  };
}

function keyOf(dump: NodeNetworkStackDump, info: NetNSInfo, owners: ReadonlyMap<number, string>): string {
  if (info.isHost) return dump.nodeName;
  return owners.get(info.inode) ?? `${dump.nodeName}/${info.names[0] ?? `netns:${info.inode}`}`;
}

function podsByInode(dump: NodeNetworkStackDump, pods: readonly PodIdentity[]): ReadonlyMap<number, string> {
  const byUid = new Map(pods.flatMap((pod) => (pod.uid === undefined ? [] : [[pod.uid, pod.id] as const])));
  const byIp = new Map(pods.flatMap((pod) => pod.ips.map((ip) => [ip.text, pod.id] as const)));
  const owners = new Map<number, string>();
  for (const found of dump.pods) {
    const id =
      (found.uid === undefined ? undefined : byUid.get(found.uid)) ??
      found.addresses.map((ip) => byIp.get(ip)).find((each) => each !== undefined);
    if (id !== undefined) owners.set(found.netnsInode, id);
  }
  return owners;
}
