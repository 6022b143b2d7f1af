/** CollectorManager of a running cluster: which nodes were taken, which of their namespaces, and what for. */
import type { PodContainer } from '../../k8s/client/api-server.ts';
import type { IPCache, Pod } from '../../k8s/index.ts';
import type { NoDump, NodeNetworkStackDump } from '../../model/dump.ts';
import type { CollectorManager } from '../collector-manager.ts';
import type { NodeCollector, Taken } from './node-collector.ts';
import { namespacesToAsk } from './node-request.ts';
import type { CollectionPlan } from './plan.ts';
import { Semaphore } from './semaphore.ts';

export interface LiveCollectorParts {
  readonly cache: IPCache;
  readonly collector: NodeCollector;
  /** Dumps taken by hand: their nodes are not collected again. */
  readonly given: readonly { readonly dump: NodeNetworkStackDump; readonly raw: Buffer }[];
  readonly parallel: number;
  /** Every node is taken with all its namespaces: many questions need many of them, and all answers then rest on one state. */
  readonly isWhole: boolean;
}

/** Nodes at which traffic from outside is tried, where none is named. */
const MOST_ENTRY_NODES = 4;

export class LiveCollector implements CollectorManager {
  readonly #parts: LiveCollectorParts;
  readonly #taken = new Map<string, Promise<Taken>>();
  readonly #settled = new Map<string, Taken>();
  readonly #takenAgain = new Set<string>();
  readonly #wanted = new Map<string, Map<string, Pod>>();
  readonly #turns: Semaphore;
  #entries: readonly string[] | undefined;

  constructor(parts: LiveCollectorParts) {
    this.#parts = parts;
    this.#turns = new Semaphore(parts.parallel);
    for (const { dump, raw } of parts.given) this.#set(dump.nodeName, { what: [], dump, raw });
  }

  /** Starts what a question will need. Says whether a dump that was read before is taken anew. */
  prepare(plan: CollectionPlan): boolean {
    let isAnew = false;
    for (const [node, pods] of [...plan.nodes, ...plan.later]) {
      const wanted = this.#wanted.get(node) ?? new Map<string, Pod>();
      for (const pod of pods) wanted.set(pod.uid ?? pod.name, pod);
      this.#wanted.set(node, wanted);
    }
    for (const node of plan.nodes.keys()) {
      const before = this.#settled.get(node);
      const asked = new Set(before?.what);
      const isEnough =
        before?.dump === undefined || asked.size === 0 || this.#words(node).every((word) => asked.has(word));
      if (!isEnough) {
        this.#forget(node);
        isAnew = true;
      }
      // A fault of ours is thrown where the dump is asked for.
      this.#take(node).catch(() => {});
    }
    return isAnew;
  }

  async dump(nodeName: string): Promise<NodeNetworkStackDump | undefined> {
    return (await this.#take(nodeName)).dump;
  }

  /** All namespaces of the node, whatever matters there. */
  async whole(nodeName: string): Promise<NodeNetworkStackDump | undefined> {
    return (await this.#take(nodeName, [])).dump;
  }

  nodes(): readonly string[] {
    return [...this.#taken.keys()].sort();
  }

  /** Those that are looked at anyway and some more: a thousand nodes are not collected for one packet from outside. */
  entryNodes(): readonly string[] {
    const others = this.#parts.cache.nodes.filter((node) => node.isReady && !this.#taken.has(node.name));
    const more = Math.max(0, MOST_ENTRY_NODES - this.#taken.size);
    this.#entries = [...this.#taken.keys(), ...others.slice(0, more).map(({ name }) => name)].sort();
    return this.#entries;
  }

  whyMissing(nodeName: string): NoDump | undefined {
    return this.#settled.get(nodeName)?.missing;
  }

  /** What {@link entryNodes} last gave since this was last called. */
  takeEntries(): readonly string[] | undefined {
    const entries = this.#entries;
    this.#entries = undefined;
    return entries;
  }

  /**
   * Takes those nodes whole of which only some namespaces were taken, and once more those with a namespace that could not
   * be taken, which may have been on its way. Says whether there were any.
   */
  async widen(onBegin: () => void): Promise<boolean> {
    const partial = [...this.#settled].filter(
      ([node, { what, dump }]) =>
        (what.length > 0 && dump?.netns.some(({ isBrief }) => isBrief === true) === true) ||
        ((dump?.notDumped ?? []).length > 0 && !this.#takenAgain.has(node)),
    );
    if (partial.length > 0) onBegin();
    for (const [node] of partial) {
      this.#takenAgain.add(node);
      this.#forget(node);
    }
    await Promise.all(
      partial.map(async ([node, before]) => {
        // Some of it is better than none.
        if ((await this.#take(node, [])).dump === undefined) this.#set(node, before);
      }),
    );
    return partial.length > 0;
  }

  /** The dumps that were taken or given, by node name, as they came. */
  used(): readonly { readonly node: string; readonly raw: Buffer }[] {
    return [...this.#settled]
      .flatMap(([node, { raw }]) => (raw === undefined ? [] : [{ node, raw }]))
      .sort((a, b) => (a.node < b.node ? -1 : 1));
  }

  /** A container on the node in which commands can be run; one is started where there is none. Throws NotCollected and ApiError. */
  async container(node: string): Promise<PodContainer> {
    return this.#parts.collector.container(node);
  }

  /** Resolves when all that was started has come to an end. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#taken.values());
  }

  /** Ends what is under way and takes the pods away. */
  async end(): Promise<void> {
    await this.#parts.collector.end();
  }

  #words(node: string): readonly string[] {
    if (this.#parts.isWhole) return [];
    return namespacesToAsk(this.#parts.cache, node, [...(this.#wanted.get(node)?.values() ?? [])]);
  }

  #forget(node: string): void {
    this.#taken.delete(node);
    this.#settled.delete(node);
  }

  #set(node: string, taken: Taken): void {
    this.#taken.set(node, Promise.resolve(taken));
    this.#settled.set(node, taken);
  }

  async #take(node: string, what = this.#words(node)): Promise<Taken> {
    let taken = this.#taken.get(node);
    if (taken === undefined) {
      taken = this.#turns.run(async () => this.#parts.collector.collect(node, what));
      this.#taken.set(node, taken);
      void taken.then(
        (settled) => this.#settled.set(node, settled),
        () => {},
      );
    }
    return taken;
  }
}
