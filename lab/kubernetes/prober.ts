/** Probes from any place of a cluster by the laboratory's engine, which enters the namespaces and opens real sockets. */
import { statSync } from 'node:fs';
import type { Api } from './api.ts';
import { startEngine, type Probe, type ProbeResult, type SysctlPair } from '../engine.ts';
import { ICMP_SYSCTLS, netnsPath } from './machines.ts';
import { podPlaces, type Place } from './places.ts';
import type { ClusterRecord } from './state.ts';

export interface ClusterProbe extends Omit<Probe, 'from'> {
  readonly from: Place;
}

export interface Prober {
  probe(probes: readonly ClusterProbe[], timeoutSeconds: number): Promise<readonly ProbeResult[]>;
  close(): Promise<void>;
}

/** A pod's namespace is made by containerd: what the others have from the start is set at the first probe. */
const SYSCTLS: readonly SysctlPair[] = [...ICMP_SYSCTLS, ['net/ipv4/ping_group_range', '0 2147483647']];

export function openProber(record: ClusterRecord, api: Api): Prober {
  const engine = startEngine();
  const adopted = new Map<Place, number>();
  const adopt = async (): Promise<void> => {
    const now = await namespaces(record, api);
    const fresh = [...now].filter(([place, { inode }]) => adopted.get(place) !== inode);
    if (fresh.length === 0) return;
    await engine.adopt(Object.fromEntries(fresh.map(([place, { path }]) => [place, path])));
    const failures = await engine.sysctl(Object.fromEntries(fresh.map(([place]) => [place, SYSCTLS])));
    if (failures.length > 0)
      throw new Error(failures.map(({ ns, command, stderr }) => `${ns}: ${command}: ${stderr}`).join('\n'));
    for (const [place, { inode }] of fresh) adopted.set(place, inode);
  };
  return {
    probe: async (probes, timeoutSeconds) => {
      await adopt();
      const unknown = probes.find(({ from }) => !adopted.has(from));
      if (unknown !== undefined) throw new Error(`no place ${unknown.from} in the cluster ${record.name}`);
      return engine.probe(probes, timeoutSeconds);
    },
    close: async () => engine.close(),
  };
}

/** Files of namespaces, by processes that are in them: the engine has a /run of its own. */
async function namespaces(
  record: ClusterRecord,
  api: Api,
): Promise<ReadonlyMap<Place, { readonly path: string; readonly inode: number }>> {
  const pods = await podPlaces(record, api);
  const rows: readonly (readonly [Place, string])[] = [
    ...pods.map(({ place, pid }) => [place, `/proc/${pid}/ns/net`] as const),
    ...record.nodes.map(({ name, init }) => [name, `/proc/${init}/ns/net`] as const),
    ...(['outside', 'control-plane'] as const).map(
      (place) => [place, `/proc/${process.pid}/root${netnsPath(record.name, place)}`] as const,
    ),
  ];
  return new Map(
    rows.flatMap(([place, path]) => {
      // a pod that has just ended has none
      const inode = statSync(path, { throwIfNoEntry: false })?.ino;
      return inode === undefined ? [] : [[place, { path, inode }] as const];
    }),
  );
}
