/** The two captured clusters as checks get them, and ways to break them. */
import { readFileSync } from 'node:fs';
import { openBundle } from '../../src/bundle/index.ts';
import { Context } from '../../src/context/index.ts';
import { detectCluster, idOf, IPCache } from '../../src/k8s/index.ts';
import type { Cluster, KubeObjects, NodeView } from '../../src/k8s/index.ts';
import type { NetNSInfo, NodeNetworkStackDump, SectionName } from '../../src/model/index.ts';
import { nodeState } from '../../src/nodemanager/node-state.ts';

export type CaptureName = 'iptables-vxlan' | 'nftables-hostgw' | 'ipvs-v4' | 'ipvs-v6';

export interface Captured {
  readonly cluster: Cluster;
  readonly view: (node: string) => NodeView;
}

/** Changes one namespace's section; `pod` absent: the node's own. */
export interface Edit {
  readonly node: string;
  readonly pod?: string;
  readonly section: SectionName;
  readonly change: (text: string) => string;
}

export interface Probe {
  readonly from: string;
  readonly to: string;
  readonly port: number;
  readonly proto: 'tcp' | 'udp';
  readonly result: string;
  readonly from_addr?: string;
  readonly server_saw?: string;
  readonly server?: string;
}

const file = (name: string): string => new URL(`../fixtures/captures/${name}`, import.meta.url).pathname;

export function captured(
  name: CaptureName,
  changes: {
    readonly edits?: readonly Edit[];
    readonly objects?: (objects: KubeObjects) => KubeObjects;
    readonly context?: Context;
  } = {},
): Captured {
  const bundle = openBundle(file(`${name}.skoop`));
  const objects = changes.objects === undefined ? bundle.objects : changes.objects(bundle.objects);
  const cache = new IPCache(objects);
  const cluster = detectCluster(cache, changes.context ?? new Context());
  return {
    cluster,
    view: (nodeName) => {
      const pods = cache
        .podsOn(nodeName)
        .filter((pod) => !pod.hostNetwork)
        .map((pod) => ({ id: idOf(pod), uid: pod.uid, ips: pod.ips }));
      let dump = bundle.dump(nodeName)!;
      for (const edit of changes.edits ?? [])
        if (edit.node === nodeName) dump = edited(dump, edit, (id) => inodeOf(dump, pods, id));
      const state = nodeState(dump, pods)!;
      return { node: cache.node(nodeName)!, host: state.host, pods: state.pods };
    },
  };
}

export function probes(name: CaptureName): readonly Probe[] {
  return readFileSync(file(`${name}.probes.jsonl`), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Probe);
}

function inodeOf(
  dump: NodeNetworkStackDump,
  pods: readonly {
    readonly id: string;
    readonly uid: string | undefined;
    readonly ips: readonly { readonly text: string }[];
  }[],
  id: string,
): number {
  const pod = pods.find((one) => one.id === id)!;
  return dump.pods.find(
    (one) => (one.uid !== undefined && one.uid === pod.uid) || pod.ips.some((ip) => one.addresses.includes(ip.text)),
  )!.netnsInode;
}

function edited(dump: NodeNetworkStackDump, edit: Edit, inode: (pod: string) => number): NodeNetworkStackDump {
  const isMeant = (ns: NetNSInfo): boolean => (edit.pod === undefined ? ns.isHost : ns.inode === inode(edit.pod));
  const netns = dump.netns.map((ns) => {
    const section = ns.sections[edit.section];
    if (!isMeant(ns) || section === undefined) return ns;
    const stdout = edit.change(section.stdout);
    if (stdout === section.stdout) throw new Error(`the edit of ${edit.section} on ${edit.node} changes nothing`);
    return { ...ns, sections: { ...ns.sections, [edit.section]: { ...section, stdout } } };
  });
  return { ...dump, netns };
}
