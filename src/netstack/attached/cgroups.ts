/** BPF programs of cgroups, which see what the sockets of their processes send, take, and connect to. */
import type { Evidence } from '../../model/evidence.ts';
import type { NetNS } from '../netns.ts';
import { perNamespace } from '../per-namespace.ts';
import { ownerOf } from './data-planes.ts';
import { entriesOf, readList, word, type Listed } from './json-list.ts';

interface Attachment {
  /** From the root of all cgroups; empty for the root itself. */
  readonly cgroup: string;
  readonly program: Listed;
}

/** Attach types that can refuse or change what a socket sends or takes; the rest see sysctls, devices, options of sockets. */
const MEDDLING: ReadonlySet<string> = new Set([
  'cgroup_inet_ingress',
  'cgroup_inet_egress',
  'cgroup_inet_sock_create',
  'cgroup_inet4_connect',
  'cgroup_inet6_connect',
  'cgroup_udp4_sendmsg',
  'cgroup_udp6_sendmsg',
  // as bpftool before version 7 has them
  'ingress',
  'egress',
  'sock_create',
  'connect4',
  'connect6',
  'sendmsg4',
  'sendmsg6',
]);

/** One that sees packets of a process of the namespace for certain or maybe. */
export function programOfCgroup(ns: NetNS): Evidence | undefined {
  const found = meddling(ns).find(({ cgroup }) => concerns(ns, cgroup));
  return found === undefined ? undefined : evidenceOf(ns, found);
}

/** Cgroups with one that a socket of the host's namespace may or may not belong to. */
export function cgroupsOfSome(ns: NetNS): readonly string[] {
  if (!ns.isHost) return [];
  return [
    ...new Set(
      meddling(ns)
        .filter(({ cgroup }) => !concerns(ns, cgroup))
        .map(({ cgroup }) => cgroup),
    ),
  ];
}

const meddling = perNamespace((ns): readonly Attachment[] => {
  const section = ns.nodeSection('bpf-cgroup');
  if (section === undefined || section.exitCode !== 0) return [];
  const root = /(?:^|\s)tree (\S+)$/.exec(section.command)?.[1] ?? '';
  return readList(section.stdout).flatMap((entry) =>
    entriesOf(entry['programs'])
      .filter((program) => MEDDLING.has(word(program, 'attach_type')))
      .map((program) => ({ cgroup: word(entry, 'cgroup').slice(root.length), program })),
  );
});

/** Programs of a cgroup see what those below it do. */
function concerns(ns: NetNS, cgroup: string): boolean {
  if (cgroup === '') return true;
  if (ns.isHost) return false;
  const pod = podOf(cgroup);
  return pod === undefined ? isOfPods(cgroup) : ns.podUid === undefined || ns.podUid.replaceAll('-', '') === pod;
}

const isOfPods = (cgroup: string): boolean => cgroup.includes('kubepods');

/** The UID of the pod without hyphens: `…/kubepods-pod1e2d….slice/…`, `…/pod1e2d-…/…`. */
function podOf(cgroup: string): string | undefined {
  const uid = /pod([0-9a-f][0-9a-f_-]{30,})/.exec(cgroup)?.[1];
  return uid?.replaceAll(/[_-]/g, '');
}

function evidenceOf(ns: NetNS, { cgroup, program }: Attachment): Evidence {
  const name = word(program, 'name');
  const what = `${word(program, 'attach_type')} ${name || word(program, 'id')}${ownerOf(name)}`;
  return {
    kind: 'section',
    raw: JSON.stringify({ cgroup: cgroup === '' ? '/' : cgroup, ...program }),
    where: `BPF program ${what} of cgroup ${cgroup === '' ? '/' : cgroup} on the node of ${ns.key}`,
  };
}
