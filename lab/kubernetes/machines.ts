/** The network that a cluster lives in: one bridge as LAN, and on it the control plane, the nodes and a host outside. */
import { existsSync, readdirSync } from 'node:fs';
import { readFile, rmdir } from 'node:fs/promises';
import {
  CLUSTER_CIDRS,
  CONTROL_PLANE,
  EXTERNAL_CIDRS,
  OUTSIDE,
  SERVICE_CIDRS,
  isMachineOf,
  machineName,
  nodeHost,
  nodeName,
  type LanHost,
  type Machine,
} from './addresses.ts';
import { output, succeed } from './process.ts';

const NETNS = '/run/netns';
export const netnsPath = (cluster: string, machine: Machine): string => `${NETNS}/${machineName(cluster, machine)}`;

/** A rationed ICMP error makes a rule's REJECT look like silence. */
export const ICMP_SYSCTLS = [
  ['net/ipv4/icmp_ratelimit', '0'],
  ['net/ipv4/icmp_ratemask', '0'],
  ['net/ipv6/icmp/ratelimit', '0'],
] as const;

const FORWARDING = [
  ['net/ipv4/ip_forward', '1'],
  ['net/ipv6/conf/all/forwarding', '1'],
] as const;

export async function makeMachines(cluster: string, nodes: number): Promise<void> {
  const numbers = Array.from({ length: nodes }, (_, index) => index + 1);
  const hosts: readonly (readonly [Machine, LanHost])[] = [
    ['control-plane', CONTROL_PLANE],
    ['outside', OUTSIDE],
    ...numbers.map((number) => [nodeName(number) as Machine, nodeHost(number)] as const),
  ];
  for (const machine of ['lan', ...hosts.map(([machine]) => machine)] as const)
    await succeed(['ip', 'netns', 'add', machineName(cluster, machine)]);
  await batch(cluster, 'lan', [
    'link set lo up',
    'link add lan type bridge',
    'link set lan up',
    ...hosts.flatMap(([machine]) => [
      `link add ${machine} type veth peer name eth0 netns ${machineName(cluster, machine)}`,
      `link set ${machine} master lan up`,
    ]),
  ]);
  for (const [machine, host] of hosts) {
    await writeSysctls(cluster, machine, [...ICMP_SYSCTLS, ...(machine === 'control-plane' ? [] : FORWARDING)]);
    await batch(cluster, machine, [
      'link set lo up',
      `addr add ${host.ipv4}/24 dev eth0`,
      `addr add ${host.ipv6}/64 dev eth0 nodad`,
      'link set eth0 up',
      ...(machine === 'outside' ? outside(nodes) : defaultRoutes),
    ]);
  }
}

const defaultRoutes = [`route add default via ${OUTSIDE.ipv4}`, `-6 route add default via ${OUTSIDE.ipv6}`];

/** It knows the services by the first node, the addresses of load balancers by the last; pods are added when they have a range. */
function outside(nodes: number): string[] {
  const [first, last] = [nodeHost(1), nodeHost(nodes)];
  const [services, services6] = SERVICE_CIDRS.split(',');
  const [pods, pods6] = CLUSTER_CIDRS.split(',');
  return [
    `addr add ${OUTSIDE.far.ipv4}/32 dev lo`,
    `addr add ${OUTSIDE.far.ipv6}/128 dev lo nodad`,
    `route add ${services} via ${first.ipv4}`,
    `-6 route add ${services6} via ${first.ipv6}`,
    `route add ${EXTERNAL_CIDRS[0]} via ${last.ipv4}`,
    `-6 route add ${EXTERNAL_CIDRS[1]} via ${last.ipv6}`,
    // what no node has is nowhere: not sent back and forth between a node and this host
    `route add unreachable ${pods}`,
    `-6 route add unreachable ${pods6}`,
  ];
}

export async function routeToPods(cluster: string, number: number, cidrs: readonly string[]): Promise<void> {
  const { ipv4, ipv6 } = nodeHost(number);
  const lines = cidrs.map((cidr) =>
    cidr.includes(':') ? `-6 route replace ${cidr} via ${ipv6}` : `route replace ${cidr} via ${ipv4}`,
  );
  await batch(cluster, 'outside', lines);
}

async function batch(cluster: string, machine: Machine, lines: readonly string[]): Promise<void> {
  // family options are words of a command line, not of a batch: one process for each family
  const v6 = lines.filter((line) => line.startsWith('-6 ')).map((line) => line.slice(3));
  const rest = lines.filter((line) => !line.startsWith('-6 '));
  const ip = ['ip', '-n', machineName(cluster, machine)];
  await succeed([...ip, '-batch', '-'], { stdin: `${rest.join('\n')}\n` });
  if (v6.length > 0) await succeed([...ip, '-6', '-batch', '-'], { stdin: `${v6.join('\n')}\n` });
}

async function writeSysctls(
  cluster: string,
  machine: Machine,
  pairs: readonly (readonly [string, string])[],
): Promise<void> {
  // not `ip netns exec`: it mounts a /sys of its own
  await succeed([
    'nsenter',
    `--net=${netnsPath(cluster, machine)}`,
    'sysctl',
    '-qw',
    ...pairs.map(([key, value]) => `${key}=${value}`),
  ]);
}

export const machinesOf = (cluster: string): string[] =>
  existsSync(NETNS) ? readdirSync(NETNS).filter((name) => isMachineOf(cluster, name)) : [];

export async function removeMachines(cluster: string): Promise<void> {
  for (const name of machinesOf(cluster)) await output(['ip', 'netns', 'del', name]);
}

/** Whether `ip netns add` has yet made its folder: it mounts it onto itself, which is to be undone with the last namespace. */
export async function isNetnsMounted(): Promise<boolean> {
  return (await readFile('/proc/self/mountinfo', 'utf8')).split('\n').some((line) => line.split(' ')[4] === NETNS);
}

export async function unmountNetns(): Promise<void> {
  if (!existsSync(NETNS) || readdirSync(NETNS).length > 0) return;
  if (await isNetnsMounted()) await output(['umount', NETNS]);
  await rmdir(NETNS).catch(() => {});
}
