/** The pods of one run: made when a node is to be collected, all gone when the run ends, however it ends. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from '../../k8s/client/api-error.ts';
import type { ApiServer, PodContainer } from '../../k8s/client/api-server.ts';
import { at, text } from '../../k8s/fields.ts';
import { CONTAINER, LABELS, selectorOf } from './labels.ts';
import { collectorNamespace, collectorPod, timerJob } from './manifests.ts';
import type { CollectorImage, Owner, RunIdentity } from './manifests.ts';
import { explainRefusal, NotCollected } from './not-collected.ts';
import { PodWatch } from './pod-watch.ts';

export interface PodSettings {
  readonly identity: RunIdentity;
  readonly image: CollectorImage;
  /** Milliseconds that a pod may take to run. */
  readonly waitLimit: number;
  /** Seconds after which the cluster itself ends and removes what a run left. */
  readonly deadline: number;
  /** Leave the pods there until their deadline. */
  readonly isPreserved: boolean;
  readonly onNote: (line: string) => void;
}

/** A new namespace has its service account after a moment. */
const ACCOUNT_TRIES = 20;
/** Half seconds that a namespace may take to go. */
const REMOVAL_TRIES = 40;

export class CollectorPods {
  readonly #api: ApiServer;
  readonly #settings: PodSettings;
  readonly #watch: PodWatch;
  readonly #made = new Set<string>();
  readonly #jobs: string[] = [];
  #owner: { readonly made: number; readonly owner: Promise<Owner> } | undefined;
  #count = 0;
  readonly #said = new Set<string>();

  constructor(api: ApiServer, settings: PodSettings) {
    this.#api = api;
    this.#settings = settings;
    const { namespace, run } = settings.identity;
    this.#watch = new PodWatch(api, { namespace, selector: selectorOf('collector', { [LABELS.run]: run }) });
  }

  /** A pod that runs on the node. Throws NotCollected and ApiError. */
  async start(node: string): Promise<PodContainer> {
    const { identity, image, waitLimit, deadline } = this.#settings;
    const { namespace } = identity;
    this.#watch.open();
    const owner = await this.#timer();
    const pod = collectorPod(identity, owner, { node, number: ++this.#count, seconds: deadline, image });
    const name = text(at(pod, 'metadata'), 'name')!;
    this.#made.add(name);
    try {
      await this.#create(`/api/v1/namespaces/${namespace}/pods`, pod);
    } catch (error) {
      this.#made.delete(name);
      throw explainRefusal(error, namespace);
    }
    try {
      await this.#watch.running(name, waitLimit);
    } catch (error) {
      await this.stop(name);
      throw error;
    }
    return { namespace, pod: name, container: CONTAINER };
  }

  /** Takes one pod away. What can't be taken away now is by the Job. */
  async stop(pod: string): Promise<void> {
    if (this.#settings.isPreserved || !this.#made.delete(pod)) return;
    const path = `/api/v1/namespaces/${this.#settings.identity.namespace}/pods/${pod}`;
    await this.#remove(path, { gracePeriodSeconds: 0 });
  }

  /** Takes everything away that this run made. */
  async end(): Promise<void> {
    this.#watch.close();
    if (this.#settings.isPreserved) return;
    // A Job whose creation is still under way is there in a moment.
    await this.#owner?.owner.catch(() => {});
    const { namespace } = this.#settings.identity;
    const jobs = this.#jobs
      .splice(0)
      .map(async (job) =>
        this.#remove(`/apis/batch/v1/namespaces/${namespace}/jobs/${job}`, { propagationPolicy: 'Background' }),
      );
    await Promise.all([...[...this.#made].map(async (pod) => this.stop(pod)), ...jobs]);
  }

  /** What can't be removed now is said once, and goes by its deadline. */
  async #remove(path: string, how: unknown): Promise<void> {
    try {
      await this.#api.delete(path, how);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const line = `could not clean up, the cluster does in ${this.#settings.deadline} s: ${error.message}`;
      if (!this.#said.has(line)) this.#settings.onNote(line);
      this.#said.add(line);
    }
  }

  /** A Job that owns the next pods: a run that goes on for long makes another before this one's time comes. */
  async #timer(): Promise<Owner> {
    const now = performance.now();
    if (this.#owner === undefined || now - this.#owner.made > this.#settings.deadline * 500) {
      const owner = this.#makeTimer(this.#jobs.length);
      this.#owner = { made: now, owner };
      owner.catch(() => (this.#owner = undefined));
    }
    return this.#owner.owner;
  }

  async #makeTimer(number: number): Promise<Owner> {
    const { identity } = this.#settings;
    const name = number === 0 ? `skoop-${identity.run}` : `skoop-${identity.run}-timer-${number}`;
    const job = timerJob(identity, name, this.#settings.deadline);
    const path = `/apis/batch/v1/namespaces/${identity.namespace}/jobs`;
    const made = await this.#createInNamespace(path, job);
    const meta = at(made, 'metadata');
    const owner = { name: text(meta, 'name') ?? '', uid: text(meta, 'uid') ?? '' };
    this.#jobs.push(owner.name);
    return owner;
  }

  /** Makes the namespace where there is none; waits for one that is just being removed (by skoop cleanup, a moment ago). */
  async #createInNamespace(path: string, job: unknown): Promise<unknown> {
    const { namespace } = this.#settings.identity;
    for (let tries = 1; ; tries++) {
      try {
        return await this.#api.create(path, job);
      } catch (error) {
        if (isNoNamespace(error) && tries < REMOVAL_TRIES) await this.#makeNamespace();
        else if (isBeingRemoved(error) && tries < REMOVAL_TRIES) await sleep(500);
        else throw explainRefusal(error, namespace);
      }
    }
  }

  async #makeNamespace(): Promise<void> {
    const { namespace } = this.#settings.identity;
    try {
      await this.#api.create('/api/v1/namespaces', collectorNamespace(namespace));
      this.#settings.onNote(`made namespace ${namespace} for the collector pods; skoop cleanup removes it`);
    } catch (cause) {
      if (cause instanceof ApiError && cause.problem === 'conflict') return;
      throw new NotCollected(
        `there is no namespace ${namespace} for the collector pod, and it can not be made: ${messageOf(cause)}`,
        {
          remedy: `Somebody who may runs once: kubectl create namespace ${namespace} && kubectl label namespace ${namespace} pod-security.kubernetes.io/enforce=privileged. Or name another with --collector-namespace.`,
          cause,
        },
      );
    }
  }

  async #create(path: string, pod: unknown): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        await this.#api.create(path, pod);
        return;
      } catch (error) {
        const isTooEarly = error instanceof ApiError && /serviceaccount "default" not found/.test(error.message);
        if (!isTooEarly || tries === ACCOUNT_TRIES) throw error;
        await sleep(100);
      }
    }
  }
}

function isNoNamespace(error: unknown): boolean {
  return error instanceof ApiError && error.problem === 'not-found';
}

function isBeingRemoved(error: unknown): boolean {
  return error instanceof ApiError && error.message.includes('because it is being terminated');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
