/** Takes one node's dump, by the agent that runs there or by a collector pod. */
import type { ApiServer, PodContainer } from '../../k8s/client/api-server.ts';
import type { IPCache } from '../../k8s/index.ts';
import type { NoDump, NodeNetworkStackDump } from '../../model/dump.ts';
import type { CollectorPods } from './collector-pods.ts';
import { refuseDeadNode } from './node-request.ts';
import { isBrokenOff, NotCollected, whyNotCollected } from './not-collected.ts';
import { runScript } from './script-run.ts';
import type { CollectedDump } from './script-run.ts';

export interface CollectorEvent {
  readonly node: string;
  readonly state: 'starting' | 'collecting' | 'again' | 'done' | 'failed';
  readonly by: 'pod' | 'agent';
  readonly milliseconds: number;
  /** With `failed` and `again`. */
  readonly why?: string;
  readonly remedy?: string;
  /** With `done`. */
  readonly result?: CollectedDump;
}

export interface NodeCollectorParts {
  readonly api: ApiServer;
  readonly cache: IPCache;
  readonly pods: CollectorPods;
  /** By node. */
  readonly agents: ReadonlyMap<string, PodContainer>;
  /** `only`: no pod is started. */
  readonly agentMode: 'auto' | 'never' | 'only';
  readonly onEvent: (event: CollectorEvent) => void;
}

/** One node's dump, or why there is none. */
export interface Taken {
  /** The words that it was asked with; none: all namespaces. */
  readonly what: readonly string[];
  readonly dump?: NodeNetworkStackDump;
  readonly raw?: Buffer;
  readonly missing?: NoDump;
}

/** Milliseconds that the script may take. */
const COLLECT_LIMIT = 120_000;
/** Pods that are kept for a second look before they are taken away as soon as they are read. */
const MOST_KEPT_PODS = 16;

export class NodeCollector {
  readonly #parts: NodeCollectorParts;
  readonly #running = new Map<string, PodContainer>();
  readonly #ended = new AbortController();

  constructor(parts: NodeCollectorParts) {
    this.#parts = parts;
  }

  async collect(node: string, what: readonly string[]): Promise<Taken> {
    const began = performance.now();
    const agent = this.#agentOn(node);
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
      return { what, missing: failed };
    }
  }

  /** A container on the node in which commands can be run; one is started where there is none. Throws NotCollected and ApiError. */
  async container(node: string): Promise<PodContainer> {
    return this.#agentOn(node) ?? this.#running.get(node) ?? this.#start(node);
  }

  /** Ends what is under way and takes the pods away. */
  async end(): Promise<void> {
    this.#ended.abort();
    await this.#parts.pods.end();
  }

  #agentOn(node: string): PodContainer | undefined {
    return this.#parts.agentMode === 'never' ? undefined : this.#parts.agents.get(node);
  }

  async #start(node: string): Promise<PodContainer> {
    const { agentMode, cache, pods } = this.#parts;
    if (agentMode === 'only')
      throw new NotCollected('no agent runs there, and --agent only starts no pod', {
        remedy: 'skoop agent status shows where one runs.',
      });
    refuseDeadNode(cache, node);
    const container = await pods.start(node);
    this.#running.set(node, container);
    return container;
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
    const earlier = this.#running.get(node);
    if (earlier !== undefined) {
      // Its deadline may have come since: then another is started.
      const again = await this.#run(earlier, request).catch((error: unknown) => {
        if (whyNotCollected(error) === undefined) throw error;
        this.#running.delete(node);
      });
      if (again !== undefined) return again;
    }
    tell('starting');
    const container = await this.#start(node);
    tell('collecting');
    try {
      return await this.#run(container, request);
    } catch (error) {
      if (!isBrokenOff(error)) throw error;
      // The pod does not answer a second time either: it is gone, and another may do.
      this.#running.delete(node);
      void this.#parts.pods.stop(container.pod);
      tell('again', whyNotCollected(error));
      return await this.#attempt(await this.#start(node), request);
    } finally {
      const kept = this.#running.get(node);
      if (kept !== undefined && this.#running.size > MOST_KEPT_PODS) {
        this.#running.delete(node);
        void this.#parts.pods.stop(kept.pod);
      }
    }
  }

  /** What breaks in the midst is tried once more, by a stream of its own. */
  async #run(container: PodContainer, request: Request): Promise<CollectedDump> {
    try {
      return await this.#attempt(container, request);
    } catch (error) {
      if (!isBrokenOff(error) || this.#ended.signal.aborted) throw error;
      request.tell('again', whyNotCollected(error));
      return this.#attempt(container, request);
    }
  }

  async #attempt(container: PodContainer, { node, what }: Request): Promise<CollectedDump> {
    return runScript(this.#parts.api, container, { node, what, timeLimit: COLLECT_LIMIT, signal: this.#ended.signal });
  }
}

interface Request {
  readonly node: string;
  readonly what: readonly string[];
  readonly tell: (state: CollectorEvent['state'], more?: Partial<CollectorEvent>) => void;
}
