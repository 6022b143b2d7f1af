/** Waits until pods of one run are running, by one watch for all of them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from '../../k8s/client/api-error.ts';
import type { ApiServer } from '../../k8s/client/api-server.ts';
import { readMeta } from '../../k8s/object-meta.ts';
import { NotCollected } from './not-collected.ts';
import { podState } from './pod-state.ts';
import type { PodState } from './pod-state.ts';

/** A kubelet that lives takes a pod up within a second or two. */
const TAKE_UP_LIMIT = 20_000;
const MOST_BROKEN_WATCHES = 3;

export class PodWatch {
  readonly #api: ApiServer;
  readonly #path: string;
  readonly #selector: string;
  readonly #states = new Map<string, PodState>();
  readonly #waiters = new Set<() => void>();
  readonly #ended = new AbortController();
  #failure: Error | undefined;
  #isOpen = false;

  constructor(api: ApiServer, at: { readonly namespace: string; readonly selector: string }) {
    this.#api = api;
    this.#path = `/api/v1/namespaces/${at.namespace}/pods`;
    this.#selector = at.selector;
  }

  /** Opens the watch, so that it is there when the first pod is. */
  open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    void this.#follow();
  }

  close(): void {
    this.#failure ??= new NotCollected('the run was ended');
    this.#ended.abort();
    this.#tell();
  }

  /** Resolves when the pod runs; throws NotCollected where it never will or `timeLimit` (milliseconds) is over, ApiError where the watch fails. */
  async running(pod: string, timeLimit: number): Promise<void> {
    this.open();
    const began = performance.now();
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      const state = this.#states.get(pod);
      if (state?.kind === 'running') return;
      if (state?.kind === 'failed') throw new NotCollected(`collector pod ${pod}: ${state.why}`, state);
      const passed = performance.now() - began;
      const isTakenUp = state?.kind === 'waiting' && state.isTakenUp;
      const limit = isTakenUp ? timeLimit : Math.min(timeLimit, TAKE_UP_LIMIT);
      if (passed >= limit) throw tooLate(pod, state, limit);
      await this.#change(limit - passed);
    }
  }

  async #change(atMost: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiters.delete(done);
        resolve();
      };
      const timer = setTimeout(done, atMost);
      this.#waiters.add(done);
    });
  }

  async #follow(): Promise<void> {
    for (let broken = 0; !this.#ended.signal.aborted;) {
      try {
        const query = { labelSelector: this.#selector };
        for await (const { type, object } of this.#api.watch(this.#path, { query, signal: this.#ended.signal })) {
          broken = 0;
          this.#take(type, object);
        }
      } catch (error) {
        if (this.#ended.signal.aborted) return;
        const isPassing =
          error instanceof ApiError && ['unreachable', 'server', 'too-many-requests'].includes(error.problem);
        if (!isPassing || ++broken > MOST_BROKEN_WATCHES) {
          this.#failure = error instanceof Error ? error : new Error(String(error));
          this.#tell();
          return;
        }
        await sleep(200 * broken);
      }
    }
  }

  #take(type: string, object: Readonly<Record<string, unknown>>): void {
    const name = readMeta(object)?.name;
    if (name === undefined || type === 'BOOKMARK' || type === 'ERROR') return;
    this.#states.set(
      name,
      type === 'DELETED' ? { kind: 'failed', why: 'it was deleted by somebody' } : podState(object),
    );
    this.#tell();
  }

  #tell(): void {
    for (const waiter of this.#waiters) waiter();
  }
}

function tooLate(pod: string, state: PodState | undefined, limit: number): NotCollected {
  const seconds = Math.round(limit / 100) / 10;
  const why = state?.kind === 'waiting' ? state.why : 'nothing is known of it';
  return new NotCollected(
    `collector pod ${pod} did not run within ${seconds} s: ${why}`,
    state?.kind === 'waiting' && !state.isTakenUp
      ? { remedy: 'Look whether the kubelet runs on that node (kubectl describe node).' }
      : { remedy: '--collector-pod-wait-timeout gives it more time.' },
  );
}
