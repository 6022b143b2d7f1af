/** A node's part of the cgroup hierarchies, where kubelet puts its pods. */
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readFile, readdir, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMachineOf } from './addresses.ts';

const ROOT = '/sys/fs/cgroup';

/** With cgroup v2 alone the controllers of the machine's root would have to be switched on for us. */
export const hasHierarchies = (): boolean => existsSync(join(ROOT, 'cpuset')) && existsSync(join(ROOT, 'memory'));

const hierarchies = (): string[] => readdirSync(ROOT).map((name) => join(ROOT, name));

export async function makeCgroup(name: string): Promise<void> {
  for (const hierarchy of hierarchies()) await mkdir(join(hierarchy, name), { recursive: true });
  // a cpuset takes no process before it has processors and memory
  for (const file of ['cpuset.cpus', 'cpuset.mems'])
    await writeFile(join(ROOT, 'cpuset', name, file), await readFile(join(ROOT, 'cpuset', file)));
}

export async function removeCgroups(cluster: string): Promise<void> {
  for (const hierarchy of hierarchies())
    for (const name of readdirSync(hierarchy)) if (isMachineOf(cluster, name)) await removeTree(join(hierarchy, name));
}

/** A process that was killed stays in its group until the kernel has done away with it. */
async function removeTree(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true }))
    if (entry.isDirectory()) await removeTree(join(folder, entry.name));
  for (let left = 100; ; left -= 1) {
    try {
      await rmdir(folder);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      if (left === 0) throw error;
      await sleep(50);
    }
  }
}
