/** Evidence from Kubernetes objects, written the same way everywhere. */
import type { Evidence } from '../model/evidence.ts';
import { idOf } from '../k8s/index.ts';
import type { ObjectMeta } from '../k8s/index.ts';

/** `raw` is the field and its value as `kubectl -o yaml` shows it: `spec.clusterIP: 10.96.0.10`. */
export function objectEvidence(kind: string, object: Pick<ObjectMeta, 'namespace' | 'name'>, raw: string): Evidence {
  return { kind: 'object', raw, where: `${kind} ${idOf(object)}` };
}
