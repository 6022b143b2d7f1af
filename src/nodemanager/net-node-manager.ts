/** Creates the nodes of the graph when the packet gets there, and keeps them. */
import type { IP } from '../model/address.ts';
import type { Frame } from '../model/packet.ts';
import type { NoDump, NodeNetworkStackDump } from '../model/dump.ts';
import { linksOf, type NetNS } from '../netstack/netns.ts';
import type { Ask, Learned } from '../netstack/neighbour/answer.ts';
import type { NetLink } from '../netstack/state.ts';
import { NetNodeAction } from './net-node-action.ts';
import { answersAstray } from './astray-answer.ts';
import { besideBridge, bridgedUplinks, isInsideNode, ownUplinks, uplinksTo } from './bridged-uplink.ts';
import { betweenNodes, mayAnswer } from './claimants.ts';
import { crossingsFrom, landingsAt, wayOf, type Crossing as Way } from './crossings.ts';
import { nodeState, type NodeState, type PodIdentity } from './node-state.ts';
import { entranceOf, standsOnHost, tagged, tagOf } from './stacked.ts';
import { wouldConfirm } from './would-confirm.ts';

/** Where dumps come from: a bundle, dump files, later a collector pod. */
export interface DumpSource {
  /** The node's dump; undefined where there is none. */
  dump(nodeName: string): Promise<NodeNetworkStackDump | undefined>;
  /** Names of the nodes that have a dump, or of which one is being taken. */
  nodes(): readonly string[];
  /** Nodes at which traffic from outside may come in; those of `nodes` where absent. */
  entryNodes?(): readonly string[];
  /** Why the node has no dump, where that is known. */
  whyMissing?(nodeName: string): NoDump | undefined;
}

/** What the cluster's objects say, as far as nodes must be found. */
export interface ClusterIndex {
  podsOnNode(nodeName: string): readonly PodIdentity[];
  /** Name of the node that has this address, by its object. */
  nodeWithAddress(ip: IP): string | undefined;
  nodeOfPodWithAddress(ip: IP): string | undefined;
}

/** Where a frame comes in that left by a device, with the tag that it has there. */
export type Crossing =
  | Exclude<Way, { kind: 'arrives' }>
  | (Omit<Extract<Way, { kind: 'arrives' }>, 'ns'> & { readonly at: NetNodeAction });

/** A device that faces the network between the nodes. */
export interface UnderlayDevice {
  readonly at: NetNodeAction;
  readonly link: NetLink;
}

/** Where frames for an underlay device come in. */
export interface Door extends UnderlayDevice {
  readonly vlan?: number;
  /** The device that hears questions there. */
  readonly hears: NetLink;
}

export class NetNodeManager {
  readonly #source: DumpSource;
  readonly #index: ClusterIndex;
  readonly #states = new Map<string, Promise<NodeState | undefined>>();
  readonly #dumps = new Map<string, Promise<NodeState | undefined>>();
  /** States that have been read. */
  readonly #read: NodeState[] = [];
  readonly #actions = new Map<NetNS, NetNodeAction>();

  constructor(source: DumpSource, index: ClusterIndex) {
    this.#source = source;
    this.#index = index;
  }

  /**
   * The node's state; undefined where it was not collected. What is behind a bridge with an uplink may have an address
   * of a pod that is behind another node's, so that all are read then.
   */
  node(name: string): Promise<NodeState | undefined> {
    let state = this.#states.get(name);
    if (state === undefined) {
      state = this.#readNode(name).then(async (read) => {
        if (read !== undefined && bridgedUplinks(read).length > 0)
          await Promise.all(this.nodeNames.map((other) => this.#readNode(other)));
        return read;
      });
      this.#states.set(name, state);
    }
    return state;
  }

  #readNode(name: string): Promise<NodeState | undefined> {
    let read = this.#dumps.get(name);
    if (read === undefined) {
      read = this.#source.dump(name).then((dump) => {
        const state = dump === undefined ? undefined : nodeState(dump, this.#index.podsOnNode(name));
        if (state !== undefined) this.#read.push(state);
        return state;
      });
      this.#dumps.set(name, read);
    }
    return read;
  }

  get nodeNames(): readonly string[] {
    return this.#source.nodes();
  }

  get entryNames(): readonly string[] {
    return this.#source.entryNodes?.() ?? this.nodeNames;
  }

  /** `was not collected`, and why; with what can be done about it, where that is known. */
  notCollected(name: string): { readonly text: string; readonly remedy?: string } {
    const missing = this.#source.whyMissing?.(name);
    if (missing === undefined) return { text: 'was not collected' };
    const text = `was not collected: ${missing.why}`;
    return missing.remedy === undefined ? { text } : { text, remedy: missing.remedy };
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
  cross(from: NetNodeAction, dev: string, frame: Frame): Crossing {
    const link = from.ns.link(dev);
    if (link === undefined) return { kind: 'unknown', reason: `${from.id} has no device ${dev}` };
    const device = { ns: from.ns, link };
    const ways = crossingsFrom(device, from.node, tagged(frame.vlan));
    const way = wayOf(ways, device, frame) ?? { kind: 'unknown', reason: `${dev} of ${from.id} leads nowhere` };
    return this.#entered(from.node, unlessBrief(way, frame.dstMac));
  }

  /** Everywhere that a broadcast goes that leaves `from` by the device. */
  crossings(from: NetNodeAction, dev: string, vlan: number | undefined): readonly Crossing[] {
    const link = from.ns.link(dev);
    if (link === undefined) return [{ kind: 'unknown', reason: `${from.id} has no device ${dev}` }];
    return crossingsFrom({ ns: from.ns, link }, from.node, tagged(vlan)).map((way) => this.#entered(from.node, way));
  }

  /** Where a frame from the network between the nodes comes in: at the device itself, or at one that stands on it. */
  land({ at, link }: UnderlayDevice, frame: Frame): Crossing {
    const own: Way = { kind: 'arrives', ns: at.ns, dev: link.name, link: 'veth', ...tagged(frame.vlan) };
    if (!at.ns.isHost) {
      const tag = tagOf({ ns: at.ns, link }, at.node);
      return tag === frame.vlan
        ? { kind: 'arrives', at, dev: link.name, link: link.kind.kind === 'vlan' ? 'vlan' : 'veth' }
        : { kind: 'unknown', reason: `${link.name} of ${at.id} takes other tags than the frame has` };
    }
    const way = wayOf(landingsAt({ ns: at.ns, link }, at.node, tagged(frame.vlan)), undefined, frame) ?? own;
    return this.#entered(at.node, unlessBrief(way, frame.dstMac));
  }

  #entered(node: NodeState, way: Way): Crossing {
    if (way.kind !== 'arrives') return way;
    const { ns, ...rest } = way;
    return { ...rest, at: this.action(node, ns) };
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

  /** Devices by which the nodes themselves are on the network between them, and no bridge. */
  async unbridgedUplinks(): Promise<readonly Door[]> {
    const states = await Promise.all(this.nodeNames.map((name) => this.node(name)));
    return states.flatMap((state) => (state === undefined ? [] : this.#ownDoors(state)));
  }

  /** Those behind which a device has this MAC address. */
  async uplinksTo(mac: string): Promise<readonly UnderlayDevice[]> {
    return this.#onHosts((node) => uplinksTo(mac, node));
  }

  /** Where frames for an underlay device come in: a bridge without an uplink is reached by the devices beside it. */
  doors({ at, link }: UnderlayDevice): readonly Door[] {
    const beside = at.ns.isHost && link.kind.kind === 'bridge' ? besideBridge(link, at.node) : undefined;
    return (
      beside?.map((each) => ({ at, hears: each, ...entranceOf(at.ns, each) })) ?? [
        { at, hears: link, ...tagged(tagOf({ ns: at.ns, link }, at.node)), ...entranceOf(at.ns, link) },
      ]
    );
  }

  /** The door is a bridge that frames from other nodes come to by a port of it. */
  isBehindUplink({ at, hears }: Door): boolean {
    return bridgedUplinks(at.node).some(({ master }) => master === hears.name);
  }

  /** Where a host hears questions for an address that it has on a device which faces nobody, as lo or a dummy. */
  uplinkDoors(state: NodeState, ip: IP): readonly Door[] {
    return state.host.owner(ip) === undefined ? [] : this.#ownDoors(state);
  }

  #ownDoors(state: NodeState): readonly Door[] {
    const at = this.action(state, state.host);
    return ownUplinks(state).map((link) => ({ at, hears: link, ...entranceOf(at.ns, link) }));
  }

  async #onHosts(pick: (state: NodeState) => readonly NetLink[]): Promise<readonly UnderlayDevice[]> {
    const found: UnderlayDevice[] = [];
    for (const name of this.nodeNames) {
      const state = await this.node(name);
      if (state === undefined) continue;
      found.push(
        ...pick(state).map((link) => ({
          at: this.action(state, state.host),
          ...entranceOf(state.host, link),
        })),
      );
    }
    return found;
  }

  /** A device with this MAC address that certainly is not on the network between the nodes. */
  async hiddenDevice(mac: string): Promise<{ readonly ns: NetNS; readonly link: NetLink } | undefined> {
    if ((await this.uplinksTo(mac)).length > 0) return undefined;
    for (const name of this.nodeNames) {
      const state = await this.node(name);
      for (const ns of state?.namespaces ?? []) {
        const link = linksOf(ns).find((each) => each.mac === mac && isInsideNode(ns, each, state!));
        if (link !== undefined) return { ns, link };
      }
    }
    return undefined;
  }

  /** Whether the address is that of a pod whose node was collected, by the pod's object. */
  async isCollectedPod(ip: IP): Promise<boolean> {
    const name = this.#index.nodeOfPodWithAddress(ip);
    return name !== undefined && (await this.node(name)) !== undefined;
  }

  /**
   * Whether what `from` has learned of the address need not stay: two may answer for it, or who it is would not answer
   * now, or answers to the MAC address that it asks with are led astray by an entry that somebody put into a bridge or
   * into a neighbour table. So it is where that can't be told yet.
   */
  isFleeting(from: NetNodeAction, learned: Learned): boolean {
    return this.#unreadAt(learned.ip) !== undefined || this.#isFleeting(from, learned);
  }

  /** The same once the node has been looked at that should have the address. */
  async staysFleeting(from: NetNodeAction, learned: Learned): Promise<boolean> {
    const name = this.#unreadAt(learned.ip);
    if (name !== undefined) await this.node(name);
    return this.#isFleeting(from, learned);
  }

  /** The node that should have the address by its object or by a pod's, where it has not been looked at yet. */
  #unreadAt(ip: IP): string | undefined {
    const name = this.#index.nodeWithAddress(ip) ?? this.#index.nodeOfPodWithAddress(ip);
    return name === undefined || this.#read.some((node) => node.name === name) ? undefined : name;
  }

  #isFleeting(from: NetNodeAction, learned: Learned): boolean {
    const { ip, senderMac: asker } = learned;
    if (ip.family === 4 && this.#isContested(from, ip)) return true;
    if (this.isAnsweredAstray(from, learned)) return true;
    if (this.#isUnconfirmed(from, learned)) return true;
    return this.#read.some(
      (node) => hasFixedPort(node.host, asker) && (node === from.node || bridgedUplinks(node).length > 0),
    );
  }

  #isUnconfirmed({ node }: NetNodeAction, learned: Learned): boolean {
    const near = wouldConfirm(node, learned);
    if (near !== 'not here') return near === 'no';
    const far = this.#read.map((other) => wouldConfirm(other, learned)).filter((each) => each !== 'not here');
    return far.length > 0 && !far.includes('yes');
  }

  /**
   * Whether answers to some address of `from` are led astray by who has the IPv6 address: whatever it asks from, a
   * question from that one makes it give up what it knew.
   */
  isAnsweredAstray({ ns }: NetNodeAction, { ip, senderMac: mac }: Ask): boolean {
    return (
      ip.family === 6 &&
      this.#read.some(({ namespaces }) => namespaces.some((other) => answersAstray(other, ip, { asker: ns, mac })))
    );
  }

  /**
   * Whether two namespaces that `from` may hear have the IPv4 address, so that either answers ARP for it: those of its
   * own node, and of other nodes that have been read those that are on the network between the nodes.
   */
  #isContested(from: NetNodeAction, ip: IP): boolean {
    const near = from.node.namespaces.filter((ns) => ns !== from.ns && mayAnswer(ns, ip));
    const far = this.#read
      .filter(({ host }) => host !== from.node.host)
      .flatMap((node) => betweenNodes(node).filter((ns) => mayAnswer(ns, ip)));
    return near.length + far.length > 1;
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
        const link = links.ok ? links.value.find((each) => each.mac === mac && facesUnderlay(ns, each)) : undefined;
        if (state !== undefined && link !== undefined) return { at: this.action(state, ns), link };
      }
    }
    return undefined;
  }
}

/** A packet must not go where the rules were not looked at; a flooded copy for another's MAC address meets none (ip_rcv drops it). */
function unlessBrief(way: Way, mac: string): Way {
  if (way.kind !== 'arrives' || !way.ns.isBrief) return way;
  const link = way.ns.link(way.dev);
  if (link !== undefined && link.mac !== mac && link.master === undefined) return way;
  return { kind: 'unknown', reason: `only the addresses of ${way.ns.key} were collected, not its rules` };
}

const facesUnderlay = (ns: NetNS, link: NetLink): boolean => (ns.isHost ? isUnderlayDevice(link) : standsOnHost(link));

/** Devices that can face the network between the nodes. A node's own veth to a pod or a tunnel does not. */
function isUnderlayDevice(link: NetLink): boolean {
  return (
    link.kind.kind === 'physical' ||
    link.kind.kind === 'veth' ||
    link.kind.kind === 'bridge' ||
    link.kind.kind === 'vlan' ||
    link.kind.kind === 'bond' ||
    link.kind.kind === 'unsupported'
  );
}

/** An entry that does not move when the address is seen elsewhere. */
function hasFixedPort(host: NetNS, mac: string): boolean {
  return host.fdbOf(mac).some((entry) => entry.state === 'static' && entry.master !== undefined);
}
