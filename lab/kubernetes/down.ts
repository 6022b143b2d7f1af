/** Ends a cluster and all that it has on this machine, also what is left of one whose start was cut off. */
import { removeCgroups } from './cgroups.ts';
import { isNetnsMounted, machinesOf, removeMachines, unmountNetns } from './machines.ts';
import { endProcessesOf } from './processes.ts';
import { clusterNames, isAlive, readRecord, removeFolder } from './state.ts';

/** Does nothing where there is none. */
export async function stopCluster(cluster: string): Promise<void> {
  const record = await readRecord(cluster);
  await endProcessesOf(cluster);
  await removeMachines(cluster);
  await removeCgroups(cluster);
  await removeFolder(cluster);
  if (record?.hadNetns === false && machinesOf(cluster).length === 0) await unmountNetns();
}

/** The mount that `ip netns` makes is ours to undo if it was not there before the first of our clusters. */
export async function hadNetnsBefore(): Promise<boolean> {
  if (!(await isNetnsMounted())) return false;
  const others = await Promise.all((await clusterNames()).map(readRecord));
  return !others.some((other) => other?.hadNetns === false);
}

/** Clusters that were to end with a process that is gone. Returns their names. */
export async function stopStaleClusters(): Promise<readonly string[]> {
  const stale: string[] = [];
  for (const name of await clusterNames()) {
    const record = await readRecord(name);
    if (record === undefined || !record.endsWithOwner || isAlive(record.owner)) continue;
    await stopCluster(name);
    stale.push(name);
  }
  return stale;
}
