/** Which namespace of a node's dump is which pod of the cluster: by UID first, then by address. */
import { parseIP } from '../model/address.ts';
import type { NodeNetworkStackDump, PodNetInfo } from '../model/dump.ts';

/** The fields of a Pod object that decide it. */
export interface PodObject {
  readonly metadata?: {
    readonly name?: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: { readonly nodeName?: string; readonly hostNetwork?: boolean };
  readonly status?: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly podIPs?: readonly { readonly ip?: string }[];
  };
}

export interface PodMatch {
  /** `namespace/name`. */
  readonly pod: string;
  readonly netnsInode: number;
  readonly by: 'uid' | 'address' | 'hostNetwork';
}

export interface PodMatches {
  readonly matched: readonly PodMatch[];
  /** Pods on this node that should have a namespace and have none that was dumped: `namespace/name`. */
  readonly podsWithoutNamespace: readonly string[];
  /** Dumped namespaces, other than the host's, that are no pod's. */
  readonly namespacesWithoutPod: readonly number[];
}

/** Matches the pods that the API server has on the dump's node. Pods of other nodes and ended ones are passed over. */
export function matchPods(dump: NodeNetworkStackDump, pods: readonly PodObject[]): PodMatches {
  const here = pods.filter((pod) => pod.spec?.nodeName === dump.nodeName && !hasEnded(pod));
  const matched = new Map<PodObject, PodMatch>();
  const taken = new Set<number>();
  const take = (pod: PodObject, netnsInode: number, by: PodMatch['by']): void => {
    matched.set(pod, { pod: keyOf(pod), netnsInode, by });
    taken.add(netnsInode);
  };
  const known = indexPods(dump.pods);
  const host = dump.netns.find((netns) => netns.isHost);
  for (const pod of here) {
    if (pod.spec?.hostNetwork === true) {
      if (host !== undefined) take(pod, host.inode, 'hostNetwork');
      continue;
    }
    const inode = netnsByUid(known, pod);
    if (inode !== undefined) take(pod, inode, 'uid');
  }
  for (const pod of here) {
    if (matched.has(pod) || pod.spec?.hostNetwork === true) continue;
    const inode = netnsByAddress(known, pod, taken);
    if (inode !== undefined) take(pod, inode, 'address');
  }
  return {
    matched: here.flatMap((pod) => matched.get(pod) ?? []),
    podsWithoutNamespace: here.filter((pod) => !matched.has(pod)).map(keyOf),
    namespacesWithoutPod: dump.netns
      .filter((netns) => !netns.isHost && !taken.has(netns.inode))
      .map((netns) => netns.inode),
  };
}

interface KnownPods {
  readonly byUid: ReadonlyMap<string, readonly PodNetInfo[]>;
  readonly byAddress: ReadonlyMap<string, readonly PodNetInfo[]>;
}

function indexPods(pods: readonly PodNetInfo[]): KnownPods {
  const [byUid, byAddress] = [new Map<string, PodNetInfo[]>(), new Map<string, PodNetInfo[]>()];
  const put = (map: Map<string, PodNetInfo[]>, key: string, info: PodNetInfo): void => {
    const same = map.get(key);
    if (same === undefined) map.set(key, [info]);
    else same.push(info);
  };
  for (const info of pods) {
    if (info.uid !== undefined) put(byUid, info.uid, info);
    for (const address of info.addresses) put(byAddress, address, info);
  }
  return { byUid, byAddress };
}

/** A pod can hold several namespaces (a virtual machine, a container engine inside): its own is the one with its address. */
function netnsByUid({ byUid }: KnownPods, pod: PodObject): number | undefined {
  const uids = [pod.metadata?.uid, pod.metadata?.annotations?.['kubernetes.io/config.hash']];
  const own = uids.flatMap((uid) => (uid === undefined ? [] : (byUid.get(uid) ?? [])));
  const addresses = addressesOf(pod);
  const best = own.find((info) => info.addresses.some((address) => addresses.has(address)));
  return (best ?? own[0])?.netnsInode;
}

/** Where two namespaces have the address (one may be left over from a pod that is gone), neither is said to be the pod's. */
function netnsByAddress({ byAddress }: KnownPods, pod: PodObject, taken: ReadonlySet<number>): number | undefined {
  const found = [...addressesOf(pod)].flatMap((address) => byAddress.get(address) ?? []);
  const inodes = new Set(found.map((info) => info.netnsInode).filter((inode) => !taken.has(inode)));
  const [inode] = inodes;
  return inodes.size === 1 ? inode : undefined;
}

function addressesOf({ status }: PodObject): ReadonlySet<string> {
  const texts = [status?.podIP, ...(status?.podIPs ?? []).map(({ ip }) => ip)];
  return new Set(texts.flatMap((text) => (typeof text === 'string' ? (parseIP(text)?.text ?? []) : [])));
}

function hasEnded({ status }: PodObject): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

function keyOf({ metadata }: PodObject): string {
  return `${metadata?.namespace ?? 'default'}/${metadata?.name ?? '?'}`;
}
