/** Finds what runs of skoop left in a cluster and removes it. */
import type { ApiServer } from '../../k8s/client/api-server.ts';
import { ApiError } from '../../k8s/client/api-error.ts';
import { at, text } from '../../k8s/fields.ts';
import { readMeta } from '../../k8s/object-meta.ts';
import type { ObjectMeta } from '../../k8s/object-meta.ts';
import { LABELS, selectorOf } from './labels.ts';

export interface Leftover {
  readonly kind: 'Job' | 'Pod';
  readonly name: string;
  readonly run: string;
  readonly isOwn: boolean;
  /** Seconds since it was made. */
  readonly age: number;
}

export interface WhoAsks {
  readonly namespace: string;
  readonly starter: string;
  readonly now: Date;
}

/** All objects of collectors in the namespace, of whoever. */
export async function findLeftovers(api: ApiServer, who: WhoAsks): Promise<readonly Leftover[]> {
  const query = { labelSelector: selectorOf('collector') };
  const [jobs, pods] = await Promise.all([
    api.list(pathOf('Job', who.namespace), (job) => leftover('Job', job, who), query),
    api.list(pathOf('Pod', who.namespace), (pod) => leftover('Pod', pod, who), query),
  ]);
  return [...jobs, ...pods].filter((one) => one !== undefined);
}

/** A Job takes its pods with it, and no pod outlives the answer. */
export async function removeLeftover(api: ApiServer, namespace: string, { kind, name }: Leftover): Promise<void> {
  const how = kind === 'Pod' ? { gracePeriodSeconds: 0 } : { propagationPolicy: 'Background' };
  await api.delete(`${pathOf(kind, namespace)}/${name}`, how);
}

/** The collector's namespace, where skoop made it and no pod is in it. Says whether it was there to remove. */
export async function removeEmptyNamespace(api: ApiServer, namespace: string): Promise<boolean> {
  const path = `/api/v1/namespaces/${namespace}`;
  const found = await api.get(path).catch((error: unknown) => {
    if (!(error instanceof ApiError)) throw error;
  });
  if (found === undefined || readMeta(found)?.labels.get(LABELS.managedBy) !== 'skoop') return false;
  const pods = await api.list(`${path}/pods`, (pod) => pod, { limit: 1 });
  if (pods.length > 0) return false;
  await api.delete(path);
  return true;
}

function pathOf(kind: Leftover['kind'], namespace: string): string {
  return kind === 'Job' ? `/apis/batch/v1/namespaces/${namespace}/jobs` : `/api/v1/namespaces/${namespace}/pods`;
}

function leftover(kind: Leftover['kind'], object: unknown, { starter, now }: WhoAsks): Leftover | undefined {
  const meta: ObjectMeta | undefined = readMeta(object);
  if (meta === undefined) return undefined;
  const made = Date.parse(text(at(object, 'metadata'), 'creationTimestamp') ?? '');
  return {
    kind,
    name: meta.name,
    run: meta.labels.get(LABELS.run) ?? '',
    isOwn: meta.labels.get(LABELS.starter) === starter,
    age: Number.isNaN(made) ? Infinity : (now.getTime() - made) / 1000,
  };
}
