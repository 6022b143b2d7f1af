/** CollectorManager of a running cluster: takes a node's dump when it is first needed, by the agent there or a collector pod. */
import type { ApiServer, PodContainer } from '../../k8s/client/api-server.ts';
import type { IPCache, Pod } from '../../k8s/index.ts';
import type { NodeNetworkStackDump } from '../../model/dump.ts';
import type { CollectorManager } from '../collector-manager.ts';
import type { CollectorPods } from './collector-pods.ts';
import { namespacesToAsk, refuseDeadNode } from './node-request.ts';
import { explainExec, NotCollected, whyNotCollected } from './not-collected.ts';
import type { CollectionPlan } from './plan.ts';
import { runScript } from './script-run.ts';
import type { CollectedDump } from './script-run.ts';
import { Semaphore } from './semaphore.ts';

export interface CollectorEvent {
  readonly node: string;
  readonly state: 'starting' | 'collecting' | 'done' | 'failed';
  readonly by: 'pod' | 'agent';
  readonly milliseconds: number;
  readonly why?: string;
  readonly remedy?: string;
  /** With `done`. */
  readonly result?: CollectedDump;
}

export interface LiveCollectorParts {
  readonly api: ApiServer;
  readonly cache: IPCache;
  readonly pods: CollectorPods;
  /** By node. */
  readonly agents: ReadonlyMap<string, PodContainer>;
  /** `only`: no pod is started. */
  readonly agentMode: 'auto' | 'never' | 'only';
  /** Dumps taken by hand: their nodes are not collected again. */
  readonly given: readonly { readonly dump: NodeNetworkStackDump; readonly raw: Buffer }[];
  readonly parallel: number;
  /** Every node is taken with all its namespaces: many questions need many of them, and all answers then rest on one state. */
  readonly isWhole: boolean;
  readonly onEvent: (event: CollectorEvent) => void;
}

/** One node's dump, or why there is none. */
interface Taken {
  readonly what: readonly string[];
  readonly dump?: NodeNetworkStackDump;
  readonly raw?: Buffer;
  readonly why?: string;
}

/** Milliseconds that the script may take. */
const COLLECT_LIMIT = 120_000;
/** Pods that are kept for a second look before they are taken away as soon as they are read. */
const MOST_KEPT_PODS = 16;
/** Nodes at which traffic from outside is tried, where none is named. */
const MOST_ENTRY_NODES = 4;

export class LiveCollector implements CollectorManager {
  readonly #parts: LiveCollectorParts;
  readonly #taken = new Map<string, Promise<Taken>>();
  readonly #settled = new Map<string, Taken>();
  readonly #wanted = new Map<string, Map<string, Pod>>();
  readonly #running = new Map<string, PodContainer>();
  readonly #turns: Semaphore;
  readonly #ended = new AbortController();
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
      void this.#take(node);
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

  whyMissing(nodeName: string): string | undefined {
    return this.#settled.get(nodeName)?.why;
  }

  /** What {@link entryNodes} last gave since this was last called. */
  takeEntries(): readonly string[] | undefined {
    const entries = this.#entries;
    this.#entries = undefined;
    return entries;
  }

  /** Takes those nodes whole of which only some namespaces were taken. Says whether there were any. */
  async widen(onBegin: () => void): Promise<boolean> {
    const partial = [...this.#settled].filter(
      ([, { what, dump }]) => what.length > 0 && dump?.netns.some(({ isBrief }) => isBrief === true) === true,
    );
    if (partial.length > 0) onBegin();
    for (const [node] of partial) this.#forget(node);
    await Promise.all(partial.map(async ([node]) => this.#take(node, [])));
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
    return this.#parts.agents.get(node) ?? this.#running.get(node) ?? this.#parts.pods.start(node);
  }

  /** Resolves when all that was started has come to an end. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#taken.values());
  }

  /** Ends what is under way and takes the pods away. */
  async end(): Promise<void> {
    this.#ended.abort();
    await this.#parts.pods.end();
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
      taken = this.#turns.run(async () => this.#collect(node, what));
      this.#taken.set(node, taken);
      void taken.then(
        (settled) => this.#settled.set(node, settled),
        () => {},
      );
    }
    return taken;
  }

  async #collect(node: string, what: readonly string[]): Promise<Taken> {
    const began = performance.now();
    const agent = this.#parts.agentMode === 'never' ? undefined : this.#parts.agents.get(node);
    let by: CollectorEvent['by'] = agent === undefined ? 'pod' : 'agent';
    const tell = (state: CollectorEvent['state'], more: Partial<CollectorEvent> = {}): void => {
      if (this.#ended.signal.aborted) return;
      this.#parts.onEvent({ node, state, by, milliseconds: performance.now() - began, ...more });
    };
    try {
      const viaAgent = agent === undefined ? undefined : await this.#viaAgent(agent, { node, what, tell });
      by = viaAgent === undefined ? 'pod' : 'agent';
      const result = viaAgent ?? (await this.#viaPod({ node, what, tell }));
      tell('done', { result });
      return { what, dump: result.dump, raw: result.raw };
    } catch (error) {
      const failed = this.#ended.signal.aborted ? { why: 'the run was ended' } : whyNotCollected(error);
      if (failed === undefined) throw error;
      tell('failed', failed);
      return { what, why: failed.why };
    }
  }

  /** Undefined where the agent fails and a pod may be tried. */
  async #viaAgent(agent: PodContainer, request: Request): Promise<CollectedDump | undefined> {
    request.tell('collecting');
    try {
      return await this.#run(agent, request);
    } catch (error) {
      if (this.#parts.agentMode === 'only' || whyNotCollected(error) === undefined) throw error;
      return undefined;
    }
  }

  async #viaPod(request: Request): Promise<CollectedDump> {
    const { node, tell } = request;
    if (this.#parts.agentMode === 'only')
      throw new NotCollected('no agent runs there, and --agent only starts no pod', {
        remedy: 'skoop agent status shows where one runs.',
      });
    const { pods, cache } = this.#parts;
    const earlier = this.#running.get(node);
    if (earlier !== undefined) {
      // Its deadline may have come since: then another is started.
      const again = await this.#run(earlier, request).catch((error: unknown) => {
        if (whyNotCollected(error) === undefined) throw error;
        this.#running.delete(node);
      });
      if (again !== undefined) return again;
    }
    refuseDeadNode(cache, node);
    tell('starting');
    const container = await pods.start(node);
    this.#running.set(node, container);
    tell('collecting');
    try {
      return await this.#run(container, request);
    } finally {
      if (this.#running.size > MOST_KEPT_PODS) {
        this.#running.delete(node);
        void pods.stop(container.pod);
      }
    }
  }

  async #run(container: PodContainer, { node, what }: Request): Promise<CollectedDump> {
    const run = { node, what, timeLimit: COLLECT_LIMIT, signal: this.#ended.signal };
    return runScript(this.#parts.api, container, run).catch((error: unknown) => {
      throw explainExec(error, container.namespace);
    });
  }
}

interface Request {
  readonly node: string;
  readonly what: readonly string[];
  readonly tell: (state: CollectorEvent['state'], more?: Partial<CollectorEvent>) => void;
}
