/** Puts the agent up, looks after it and takes it down. */
import { ApiError } from '../../k8s/client/api-error.ts';
import type { ApiServer } from '../../k8s/client/api-server.ts';
import { at, count, text } from '../../k8s/fields.ts';
import { readMeta } from '../../k8s/object-meta.ts';
import { AGENT_NAME, LABELS, selectorOf } from './labels.ts';
import { agentDaemonSet, collectorNamespace } from './manifests.ts';
import type { CollectorImage } from './manifests.ts';
import { podState } from './pod-state.ts';

export interface AgentState {
  readonly version: string;
  readonly image: string;
  readonly wanted: number;
  /** Ready ones, of the newest template. */
  readonly ready: number;
  readonly pods: readonly { readonly node: string; readonly isReady: boolean; readonly why?: string }[];
}

/** Says whether one was there before, which is replaced. Throws ApiError. */
export async function installAgent(
  api: ApiServer,
  namespace: string,
  { image, version }: { readonly image: CollectorImage; readonly version: string },
): Promise<'installed' | 'replaced'> {
  const set = agentDaemonSet(namespace, image, version);
  const create = async (): Promise<unknown> => api.create(setsOf(namespace), set);
  try {
    await create();
    return 'installed';
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.problem === 'not-found') {
      await api.create('/api/v1/namespaces', collectorNamespace(namespace));
      await create();
      return 'installed';
    }
    if (error.problem !== 'conflict') throw error;
    // Nothing is lost with the old one: its pods only sleep.
    await removeAgent(api, namespace);
    await create();
    return 'replaced';
  }
}

/** Undefined where there is none. */
export async function agentState(api: ApiServer, namespace: string): Promise<AgentState | undefined> {
  const set = await api.get(`${setsOf(namespace)}/${AGENT_NAME}`).catch((error: unknown) => {
    if (!(error instanceof ApiError) || error.problem !== 'not-found') throw error;
  });
  if (set === undefined) return undefined;
  const query = { labelSelector: selectorOf('agent') };
  const pods = await api.list(`/api/v1/namespaces/${namespace}/pods`, readAgentPod, query);
  const status = at(set, 'status');
  const isSeen = count(status, 'observedGeneration') === count(at(set, 'metadata'), 'generation');
  const container = at(set, 'spec', 'template', 'spec')['containers'];
  return {
    version: readMeta(set)?.labels.get(LABELS.version) ?? 'unknown',
    image: text(Array.isArray(container) ? at(container[0]) : {}, 'image') ?? 'unknown',
    // Until its controller has seen it, nothing is known of how many there will be.
    wanted: isSeen ? (count(status, 'desiredNumberScheduled') ?? 0) : Number.NaN,
    ready: pods.filter(({ isReady }) => isReady).length,
    pods,
  };
}

/** Resolves also where there is none. */
export async function removeAgent(api: ApiServer, namespace: string): Promise<void> {
  await api.delete(`${setsOf(namespace)}/${AGENT_NAME}`, { propagationPolicy: 'Background' });
}

function setsOf(namespace: string): string {
  return `/apis/apps/v1/namespaces/${namespace}/daemonsets`;
}

function readAgentPod(pod: unknown): AgentState['pods'][number] {
  const state = podState(pod);
  const node = text(at(pod, 'spec'), 'nodeName') ?? '(no node)';
  return { node, isReady: state.kind === 'running', ...(state.kind === 'running' ? {} : { why: state.why }) };
}
