/** What a cluster keeps on disk: its folder, and the record that a later command finds it by. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** One place on the machine, whoever asks: the namespaces' names are the machine's too. Not below /run: images need room. */
export const STATE = '/var/cache/skoop-lab';

export type ProxyMode = 'iptables' | 'nftables';
export type FlannelBackend = 'vxlan' | 'host-gw';

export interface Identity {
  readonly pid: number;
  /** In clock ticks after boot: tells a process from a later one with its number. */
  readonly startTime: string;
}

export interface ClusterNode {
  readonly name: string;
  readonly ipv4: string;
  readonly ipv6: string;
  /** PID 1 of the node, as the machine numbers it. */
  readonly init: number;
  readonly podCidrs: readonly string[];
}

export interface ClusterRecord {
  readonly name: string;
  readonly proxy: ProxyMode;
  readonly flannel: FlannelBackend;
  /** Folder of the programs of Kubernetes that it was started with. */
  readonly programs: string;
  /** Whoever started it; a cluster that ends with its owner is stale when the owner is gone. */
  readonly owner: Identity;
  readonly endsWithOwner: boolean;
  /** Whether /run/netns was a mount before any of our clusters: then it stays one. */
  readonly hadNetns: boolean;
  readonly phase: 'starting' | 'running';
  readonly nodes: readonly ClusterNode[];
  /** A port of the machine's loopback that leads to the API server; 0 while there is none. */
  readonly port: number;
}

export const folderOf = (cluster: string): string => join(STATE, cluster);
export const hasFolder = (cluster: string): boolean => existsSync(folderOf(cluster));

export async function writeRecord(record: ClusterRecord): Promise<void> {
  const folder = folderOf(record.name);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(join(folder, 'record.json.new'), `${JSON.stringify(record, undefined, 1)}\n`);
  await rename(join(folder, 'record.json.new'), join(folder, 'record.json'));
}

/** Undefined where there is none, or none that is whole: what a crash left. */
export async function readRecord(cluster: string): Promise<ClusterRecord | undefined> {
  try {
    return JSON.parse(await readFile(join(folderOf(cluster), 'record.json'), 'utf8')) as ClusterRecord;
  } catch {
    return undefined;
  }
}

export async function clusterNames(): Promise<string[]> {
  try {
    const entries = await readdir(STATE, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch {
    return [];
  }
}

export async function removeFolder(cluster: string): Promise<void> {
  await rm(folderOf(cluster), { recursive: true, force: true });
  // goes with the last cluster; another one's keeps it
  await rmdir(STATE).catch(() => {});
}

/** Undefined where there is no such process, or only what is left of one. */
export function identityOf(pid: number): Identity | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : { pid, startTime: fields[19]! };
  } catch {
    return undefined;
  }
}

export const isAlive = (identity: Identity): boolean => identityOf(identity.pid)?.startTime === identity.startTime;
