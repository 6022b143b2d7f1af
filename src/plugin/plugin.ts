/** What a network plugin brings: how to know it, and what the state of its nodes and pods should be. */
import type { Context } from '../context/index.ts';
import type { Family, IP } from '../model/address.ts';
import type { LinkType } from '../model/path.ts';
import type { Suspicion } from '../model/suspicion.ts';
import type { Cluster, NodeInfo, NodeView, Pod } from '../k8s/index.ts';
import type { NetNS } from '../netstack/netns.ts';

export interface Plugin {
  readonly name: string;
  /** Undefined where nothing of the cluster says that it is this plugin's. */
  detect(cluster: Cluster): Detection | undefined;
  /** The plugin's settings in this cluster, each with its source, for the user to see. */
  describe(cluster: Cluster): readonly { readonly what: string; readonly value: string; readonly from: string }[];
  checkNode(check: NodeCheck): readonly Suspicion[];
  checkPod(check: PodCheck): readonly Suspicion[];
  /** How packets between two nodes' pods cross, as KubeSkoop's links name it. */
  linkTypeBetweenNodes(cluster: Cluster): LinkType;
}

export interface Detection {
  readonly plugin: string;
  /** What gave it away: `ConfigMap kube-flannel/kube-flannel-cfg`. */
  readonly from: string;
}

/** A node on the path, and what else of the path matters to it. */
export interface NodeCheck {
  readonly cluster: Cluster;
  readonly view: NodeView;
  /** Other nodes whose pods this node's packets go to or come from. */
  readonly peers: readonly Peer[];
  /** Families on the path. */
  readonly families: readonly Family[];
  /** Packets from a pod of this node to something outside the cluster, after any service translation. */
  readonly leaving?: { readonly src: IP; readonly dst: IP };
}

export interface Peer {
  readonly node: NodeInfo;
  /** Addresses of its pods that are on the path; its pod network stands for them where there are none. */
  readonly addresses: readonly IP[];
}

/** A pod on the path, with its own namespace. Pods with hostNetwork are not asked about: they are their node. */
export interface PodCheck {
  readonly cluster: Cluster;
  readonly view: NodeView;
  readonly pod: Pod;
  readonly netns: NetNS;
}

/** How a plugin is registered. Its flags, if any, are a line in the command line's wiring too. */
export interface PluginEntry {
  readonly name: string;
  create(context: Context): Plugin;
}
