/** Creates the nodes of the graph when the packet gets there, and keeps them. */
import type { IP } from '../model/address.ts';
import type { NodeNetworkStackDump } from '../model/dump.ts';
import type { NetNS } from '../netstack/netns.ts';
import type { NetLink } from '../netstack/state.ts';
import { NetNodeAction } from './net-node-action.ts';
import { besideBridge, bridgedUplinks, uplinksTo } from './bridged-uplink.ts';
import { lowerOf, siblingsOf, uppersOf } from './macvlan.ts';
import { nodeState, type NodeState, type PodIdentity } from './node-state.ts';
import { vethPeer } from './veth-peer.ts';

/** Where dumps come from: a bundle, dump files, later a collector pod. */
export interface DumpSource {
  /** The node's dump; undefined where there is none. */
  dump(nodeName: string): Promise<NodeNetworkStackDump | undefined>;
  /** Names of the nodes that have a dump, or of which one is being taken. */
  nodes(): readonly string[];
  /** Nodes at which traffic from outside may come in; those of `nodes` where absent. */
  entryNodes?(): readonly string[];
  /** Why the node has no dump, where that is known. */
  whyMissing?(nodeName: string): string | undefined;
}

/** What the cluster's objects say, as far as nodes must be found. */
export interface ClusterIndex {
  podsOnNode(nodeName: string): readonly PodIdentity[];
  /** Name of the node that has this address, by its object. */
  nodeWithAddress(ip: IP): string | undefined;
  nodeOfPodWithAddress(ip: IP): string | undefined;
}

/** Where a frame comes in that left by a device. */
export type Crossing =
  | { readonly kind: 'arrives'; readonly at: NetNodeAction; readonly dev: string; readonly link: 'veth' | 'macvlan' }
  | { readonly kind: 'underlay' }
  | { readonly kind: 'unknown'; readonly reason: string };

/** A device that faces the network between the nodes. */
export interface UnderlayDevice {
  readonly at: NetNodeAction;
  readonly link: NetLink;
}

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
      state = this.#source
        .dump(name)
        .then((dump) => (dump === undefined ? undefined : nodeState(dump, this.#index.podsOnNode(name))));
      this.#states.set(name, state);
    }
    return state;
  }

  get nodeNames(): readonly string[] {
    return this.#source.nodes();
  }

  get entryNames(): readonly string[] {
    return this.#source.entryNodes?.() ?? this.nodeNames;
  }

  /** `was not collected`, and why. */
  notCollected(name: string): string {
    const why = this.#source.whyMissing?.(name);
    return `was not collected${why === undefined ? '' : `: ${why}`}`;
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

  /** Where a frame for `mac` goes that leaves `from` by the device. */
  cross(from: NetNodeAction, dev: string, mac: string): Crossing {
    const ways = this.crossings(from, dev).map((way) => unlessBrief(way, mac));
    const direct = ways.find(
      (way) => way.kind === 'arrives' && way.link === 'macvlan' && way.at.ns.link(way.dev)?.mac === mac,
    );
    return (
      direct ??
      ways.find((way) => way.kind !== 'arrives' || way.link !== 'macvlan') ?? {
        kind: 'unknown',
        reason: `${dev} of ${from.id} leads nowhere`,
      }
    );
  }

  /** Everywhere that a broadcast goes that leaves `from` by the device: macvlans on the way hear it too. */
  crossings(from: NetNodeAction, dev: string): readonly Crossing[] {
    const link = from.ns.link(dev);
    if (link === undefined) return [{ kind: 'unknown', reason: `${from.id} has no device ${dev}` }];
    const { host, namespaces } = from.node;
    if (link.kind.kind === 'macvlan') {
      const lower = lowerOf({ ns: from.ns, link }, host, namespaces);
      if (lower === undefined)
        return [{ kind: 'unknown', reason: `the device below ${dev} of ${from.id} was not collected` }];
      const siblings = siblingsOf({ ns: from.ns, link }, host, namespaces).map((each) =>
        this.#macvlan(from.node, each.ns, each.link),
      );
      return [...siblings, ...this.crossings(this.action(from.node, lower.ns), lower.link.name)];
    }
    if (link.kind.kind === 'physical') return [{ kind: 'underlay' }];
    if (link.kind.kind !== 'veth') return [{ kind: 'unknown', reason: `${dev} of ${from.id} is not modelled` }];
    const peer = vethPeer(from.ns, link, from.node);
    if (peer.kind === 'unknown') return [peer];
    if (peer.kind === 'found') return this.landings(this.action(from.node, peer.ns), peer.link);
    if (from.ns.isHost) return [{ kind: 'underlay' }];
    return [{ kind: 'unknown', reason: `the other end of ${dev} of ${from.id} is in no namespace that was collected` }];
  }

  /** A frame that comes in at a device is seen by the macvlans on it, and by the device itself. */
  landings(at: NetNodeAction, link: NetLink): readonly Crossing[] {
    const uppers = uppersOf({ ns: at.ns, link }, at.node.host, at.node.namespaces).map((each) =>
      this.#macvlan(at.node, each.ns, each.link),
    );
    return [...uppers, { kind: 'arrives', at, dev: link.name, link: 'veth' }];
  }

  #macvlan(node: NodeState, ns: NetNS, link: NetLink): Crossing {
    return { kind: 'arrives', at: this.action(node, ns), dev: link.name, link: 'macvlan' };
  }

  /** The node whose host namespace has the address, by its object first, then by what the dumps say; or a pod on a macvlan. */
  async underlayOwner(ip: IP): Promise<UnderlayDevice | undefined> {
    const named = this.#index.nodeWithAddress(ip) ?? this.#index.nodeOfPodWithAddress(ip);
    for (const name of named === undefined ? this.nodeNames : [named, ...this.nodeNames]) {
      const state = await this.node(name);
      for (const ns of state?.namespaces ?? []) {
        // an address that is on lo as well is answered for by the device on the link
        const link = (ns.owner(ip) === undefined ? [] : ns.owners(ip))
          .map((owner) => ns.link(owner.dev))
          .find((each) => each !== undefined && facesUnderlay(ns, each));
        if (state !== undefined && link !== undefined) return { at: this.action(state, ns), link };
      }
    }
    return undefined;
  }

  /** Ports of bridges that face the network between the nodes: a question there is heard behind them. */
  async bridgedUplinks(): Promise<readonly UnderlayDevice[]> {
    return this.#onHosts(bridgedUplinks);
  }

  /** Those behind which a device has this MAC address. */
  async uplinksTo(mac: string): Promise<readonly UnderlayDevice[]> {
    return this.#onHosts((node) => uplinksTo(mac, node));
  }

  /** Where frames for an underlay device come in: a bridge without an uplink is reached by the devices beside it. */
  doors({ at, link }: UnderlayDevice): readonly UnderlayDevice[] {
    const beside = at.ns.isHost && link.kind.kind === 'bridge' ? besideBridge(link, at.node) : undefined;
    return beside === undefined ? [{ at, link }] : beside.map((each) => ({ at, link: each }));
  }

  async #onHosts(pick: (state: NodeState) => readonly NetLink[]): Promise<readonly UnderlayDevice[]> {
    const found: UnderlayDevice[] = [];
    for (const name of this.nodeNames) {
      const state = await this.node(name);
      if (state === undefined) continue;
      found.push(...pick(state).map((link) => ({ at: this.action(state, state.host), link })));
    }
    return found;
  }

  /** Whether the address is that of a pod whose node was collected, by the pod's object. */
  async isCollectedPod(ip: IP): Promise<boolean> {
    const name = this.#index.nodeOfPodWithAddress(ip);
    return name !== undefined && (await this.node(name)) !== undefined;
  }

  /** Name of the node that should have the address, by its object, where it was not collected. */
  async unseenNodeAt(ip: IP): Promise<string | undefined> {
    const name = this.#index.nodeWithAddress(ip);
    return name === undefined || (await this.node(name)) !== undefined ? undefined : name;
  }

  /** A collected node that should have the address, by its object, whatever its kernel says. */
  async nodeNamedFor(ip: IP): Promise<NodeState | undefined> {
    const name = this.#index.nodeWithAddress(ip);
    return name === undefined ? undefined : this.node(name);
  }

  /** The device on the underlay that has this MAC address. */
  async underlayDevice(mac: string): Promise<UnderlayDevice | undefined> {
    for (const name of this.nodeNames) {
      const state = await this.node(name);
      for (const ns of state?.namespaces ?? []) {
        const links = ns.links;
        const link = links.ok
          ? links.value.find(
              (each) => each.mac === mac && (ns.isHost ? isUnderlayDevice(each) : each.kind.kind === 'macvlan'),
            )
          : undefined;
        if (state !== undefined && link !== undefined) return { at: this.action(state, ns), link };
      }
    }
    return undefined;
  }
}

/** A packet must not go where the rules were not looked at; a flooded copy for another's MAC address meets none (ip_rcv drops it). */
function unlessBrief(way: Crossing, mac: string): Crossing {
  if (way.kind !== 'arrives' || !way.at.ns.isBrief) return way;
  const link = way.at.ns.link(way.dev);
  if (link !== undefined && link.mac !== mac && link.master === undefined) return way;
  return { kind: 'unknown', reason: `only the addresses of ${way.at.id} were collected, not its rules` };
}

const facesUnderlay = (ns: NetNS, link: NetLink): boolean =>
  ns.isHost ? isUnderlayDevice(link) : link.kind.kind === 'macvlan';

/** Devices that can face the network between the nodes. A node's own veth to a pod or a tunnel does not. */
function isUnderlayDevice(link: NetLink): boolean {
  return (
    link.kind.kind === 'physical' ||
    link.kind.kind === 'veth' ||
    link.kind.kind === 'bridge' ||
    link.kind.kind === 'unsupported'
  );
}
