/** What a cluster could leave behind on the machine, as lines: taken before and after, they have to be the same. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { output } from './process.ts';
import { isMachineOf } from './addresses.ts';
import { processesOf } from './processes.ts';
import { STATE, folderOf, hasFolder } from './state.ts';

/** Folders whose entries are looked at. */
const FOLDERS = [
  '/etc',
  '/run',
  '/var/cache',
  '/var/lib',
  '/var/log',
  '/opt',
  '/mnt',
  '/run/netns',
  '/etc/cni',
  '/var/lib/cni',
  '/var/lib/containerd',
  '/var/lib/kubelet',
  '/run/containerd',
  '/run/flannel',
  '/run/xtables.lock',
  '/dev',
];

const SYSCTLS = [
  'vm/overcommit_memory',
  'vm/panic_on_oom',
  'kernel/panic',
  'kernel/panic_on_oops',
  'kernel/keys/root_maxkeys',
  'kernel/keys/root_maxbytes',
  'kernel/hostname',
  'net/ipv4/ip_forward',
  'net/ipv6/conf/all/forwarding',
  'net/ipv4/conf/all/route_localnet',
  'net/ipv4/conf/all/rp_filter',
  'net/ipv4/icmp_ratelimit',
  'net/ipv4/ping_group_range',
  'net/netfilter/nf_conntrack_max',
  'net/core/somaxconn',
];

/** Without what belongs to other clusters, which come and go beside this one. */
export async function machineState(cluster: string): Promise<readonly string[]> {
  const said = async (argv: readonly string[]): Promise<string[]> => {
    const { stdout } = await output(argv);
    // counters and life times go on by themselves
    return linesOf(stdout.replaceAll(/counter packets \d+ bytes \d+|(valid|preferred)_life_time":\d+/g, ''))
      .filter((line) => !line.startsWith('#'))
      .map((line) => `${argv.join(' ')}: ${line}`);
  };
  const parts = await Promise.all([
    mounts(),
    ...[
      ['ip', '-o', 'link'],
      ['ip', '-o', '-4', 'addr'],
      ['ip', 'route', 'show', 'table', 'all'],
      ['ip', 'rule'],
      ['nft', 'list', 'ruleset'],
      ['ipset', 'list', '-n'],
    ].map(said),
  ]);
  return [
    ...parts.flat(),
    ...FOLDERS.filter((folder) => existsSync(folder)).flatMap(entries),
    ...cgroups('/sys/fs/cgroup', 2),
    ...SYSCTLS.map((name) => `sysctl ${name}: ${read(`/proc/sys/${name}`)}`),
    `conntrack hashsize: ${read('/sys/module/nf_conntrack/parameters/hashsize')}`,
    ...processesOf(cluster).map(({ pid }) => `process ${pid}`),
    ...(hasFolder(cluster) ? [`folder ${folderOf(cluster)}`] : []),
  ]
    .filter((line) => !isOfOthers(line, cluster))
    .toSorted();
}

/** Lines of one that the other does not have, with `-` what is gone and `+` what was left behind. */
export function differences(before: readonly string[], after: readonly string[]): string[] {
  const [had, has] = [new Set(before), new Set(after)];
  return [
    ...before.filter((line) => !has.has(line)).map((line) => `- ${line}`),
    ...after.filter((line) => !had.has(line)).map((line) => `+ ${line}`),
  ];
}

/** Named namespaces and cgroups of others, such as tests that run at the same time, and folders that all share. */
function isOfOthers(line: string, cluster: string): boolean {
  const name = /(?: \/run\/netns\/|^cgroup \S*\/|^file .*\/)(\S+-(?:lan|control-plane|outside|node-\d))\b/.exec(
    line,
  )?.[1];
  if (name !== undefined) return !isMachineOf(cluster, name);
  return line.includes(' /run/netns') || line === `file ${STATE}`;
}

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '');

/** Where what is mounted; numbers of mounts are given anew. */
async function mounts(): Promise<string[]> {
  return linesOf(await readFile('/proc/self/mountinfo', 'utf8')).map((line) => {
    const words = line.split(' ');
    return `mount ${words[3]} ${words[4]} ${words.slice(words.indexOf('-') + 1, -1).join(' ')}`;
  });
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => `file ${join(folder, name)}`);
  } catch {
    return [`file ${folder}`];
  }
}

function cgroups(folder: string, depth: number): string[] {
  if (depth === 0) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => [`cgroup ${join(folder, name)}`, ...cgroups(join(folder, name), depth - 1)]);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return 'not there';
  }
}
