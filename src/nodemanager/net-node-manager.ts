/** Creates the nodes of the graph when the packet gets there, and keeps them. */
import type { IP } from '../model/address.ts';
import type { NodeNetworkStackDump } from '../model/dump.ts';
import type { NetNS } from '../netstack/netns.ts';
import type { NetLink } from '../netstack/state.ts';
import { NetNodeAction } from './net-node-action.ts';
import { nodeState, type NodeState, type PodIdentity } from './node-state.ts';
import { vethPeer } from './veth-peer.ts';

/** Where dumps come from: a bundle, dump files, later a collector pod. */
export interface DumpSource {
  /** The node's dump; undefined where there is none. */
  dump(nodeName: string): Promise<NodeNetworkStackDump | undefined>;
  /** Names of the nodes that have a dump. */
  nodes(): readonly string[];
}

/** What the cluster's objects say, as far as nodes must be found. */
export interface ClusterIndex {
  podsOnNode(nodeName: string): readonly PodIdentity[];
  /** Name of the node that has this address, by its object. */
  nodeWithAddress(ip: IP): string | undefined;
}

/** Where a frame comes in that left by a device. */
export type Crossing =
  | { readonly kind: 'arrives'; readonly at: NetNodeAction; readonly dev: string; readonly link: 'veth' | 'macvlan' }
  | { readonly kind: 'underlay' }
  | { readonly kind: 'unknown'; readonly reason: string };

export class NetNodeManager {
  readonly #source: DumpSource;
  readonly #index: ClusterIndex;
  readonly #states = new Map<string, Promise<NodeState | undefined>>();
  readonly #actions = new Map<NetNS, NetNodeAction>();

  constructor(source: DumpSource, index: ClusterIndex) {
    this.#source = source;
    this.#index = index;
  }

  /** The node's state; undefined where it was not collected. */
  node(name: string): Promise<NodeState | undefined> {
    let state = this.#states.get(name);
    if (state === undefined) {
      state = this.#source.dump(name).then((dump) => (dump === undefined ? undefined : nodeState(dump, this.#index.podsOnNode(name))));
      this.#states.set(name, state);
    }
    return state;
  }

  get nodeNames(): readonly string[] {
    return this.#source.nodes();
  }

  action(node: NodeState, ns: NetNS): NetNodeAction {
    let action = this.#actions.get(ns);
    if (action === undefined) {
      const pod = node.podOf.get(ns);
      action = new NetNodeAction(ns.key, ns.isHost ? 'node' : pod === undefined ? 'generic' : 'pod', node, ns);
      this.#actions.set(ns, action);
    }
    return action;
  }

  /** Where a frame goes that leaves `from` by the device. */
  cross(from: NetNodeAction, dev: string): Crossing {
    const link = from.ns.link(dev);
    if (link === undefined) return { kind: 'unknown', reason: `${from.id} has no device ${dev}` };
    if (link.kind.kind === 'physical') return { kind: 'underlay' };
    if (link.kind.kind !== 'veth') return { kind: 'unknown', reason: `${dev} of ${from.id} is not modelled` };
    const peer = vethPeer(from.ns, link, from.node.namespaces);
    if (peer.kind === 'unknown') return peer;
    if (peer.kind === 'found') return { kind: 'arrives', at: this.action(from.node, peer.ns), dev: peer.link.name, link: 'veth' };
    return from.ns.isHost ? { kind: 'underlay' } : { kind: 'unknown', reason: `the other end of ${dev} of ${from.id} is in no namespace that was collected` };
  }

  /** The node whose host namespace has the address: by its object first, then by what the dumps say. */
  async nodeOwning(ip: IP): Promise<{ readonly state: NodeState; readonly link: NetLink } | undefined> {
    const named = this.#index.nodeWithAddress(ip);
    for (const name of named === undefined ? this.nodeNames : [named, ...this.nodeNames]) {
      const state = await this.node(name);
      const owner = state?.host.owner(ip);
      const link = owner === undefined ? undefined : state?.host.link(owner.dev);
      if (state !== undefined && link !== undefined && isUnderlayDevice(link)) return { state, link };
    }
    return undefined;
  }

  /** The node that has a device with this MAC address on the underlay. */
  async nodeWithMac(mac: string): Promise<{ readonly state: NodeState; readonly link: NetLink } | undefined> {
    for (const name of this.nodeNames) {
      const state = await this.node(name);
      const links = state?.host.links;
      const link = links?.ok === true ? links.value.find((each) => each.mac === mac && isUnderlayDevice(each)) : undefined;
      if (state !== undefined && link !== undefined) return { state, link };
    }
    return undefined;
  }
}

/** Devices that can face the network between the nodes. A node's own veth to a pod or a tunnel does not. */
function isUnderlayDevice(link: NetLink): boolean {
  return link.kind.kind === 'physical' || link.kind.kind === 'veth' || link.kind.kind === 'bridge' || link.kind.kind === 'unsupported';
}
