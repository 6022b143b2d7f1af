/** Where something can be run or probed from, and which process of the machine has that network namespace. */
import { readFileSync } from 'node:fs';
import { machineName, type Machine } from './addresses.ts';
import type { Api, List, Metadata } from './api.ts';
import { pids } from './processes.ts';
import type { ClusterRecord } from './state.ts';

/** `node-1`, `outside`, `control-plane`, `lan` (the switch between them), or a pod as `NAMESPACE/NAME`. */
export type Place = string;

export interface PodPlace {
  readonly place: Place;
  readonly uid: string;
  readonly node: string;
  readonly isHostNetwork: boolean;
  readonly addresses: readonly string[];
  /** A process in its network namespace, as the machine numbers it. */
  readonly pid: number;
}

interface Pod {
  readonly metadata: Metadata;
  readonly spec: { readonly nodeName?: string; readonly hostNetwork?: boolean };
  readonly status: { readonly phase: string; readonly podIPs?: readonly { readonly ip: string }[] };
}

export const isPod = (place: Place): boolean => place.includes('/');

/** Every pod that runs. */
export async function podPlaces(record: ClusterRecord, api: Api): Promise<readonly PodPlace[]> {
  const pods = await api.get<List<Pod>>('/api/v1/pods');
  const processes = processesByPod(record.name);
  return pods.items.flatMap(({ metadata, spec, status }): PodPlace[] => {
    const pid = processes.get(metadata.uid);
    if (status.phase !== 'Running' || pid === undefined || spec.nodeName === undefined) return [];
    return [
      {
        place: `${metadata.namespace}/${metadata.name}`,
        uid: metadata.uid,
        node: spec.nodeName,
        isHostNetwork: spec.hostNetwork ?? false,
        addresses: (status.podIPs ?? []).map(({ ip }) => ip),
        pid,
      },
    ];
  });
}

/** By cgroups: kubelet names a pod's group after its UID, below the group that its node has in this cluster. */
function processesByPod(cluster: string): ReadonlyMap<string, number> {
  const prefix = machineName(cluster, 'node-1' satisfies Machine).slice(0, -1);
  const found = new Map<string, number>();
  for (const pid of pids()) {
    const uid = podOf(pid, prefix);
    if (uid !== undefined && !found.has(uid)) found.set(uid, pid);
  }
  return found;
}

function podOf(pid: number, prefix: string): string | undefined {
  let groups: string;
  try {
    groups = readFileSync(`/proc/${pid}/cgroup`, 'utf8');
  } catch {
    return undefined;
  }
  const line = groups.split('\n').find((text) => text.includes(`:/${prefix}`));
  return line === undefined ? undefined : /\/pod([0-9a-f-]{36})(\/|$)/.exec(line)?.[1];
}
