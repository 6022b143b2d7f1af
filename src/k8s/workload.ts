/** What makes pods: Deployment, ReplicaSet, StatefulSet, DaemonSet, Job. */
import { at, textMap } from './fields.ts';
import { readMeta } from './object-meta.ts';
import type { ObjectMeta } from './object-meta.ts';
import { readContainers } from './pod.ts';
import type { Container } from './pod.ts';

export const WORKLOAD_KINDS = ['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job'] as const;
export type WorkloadKind = (typeof WORKLOAD_KINDS)[number];

export interface Workload extends ObjectMeta {
  readonly kind: WorkloadKind;
  readonly containers: readonly Container[];
  readonly templateLabels: ReadonlyMap<string, string>;
}

export function readWorkload(kind: WorkloadKind, object: unknown): Workload | undefined {
  const meta = readMeta(object);
  if (meta === undefined) return undefined;
  const template = at(object, 'spec', 'template');
  return {
    ...meta,
    kind,
    containers: readContainers(at(template, 'spec')),
    templateLabels: textMap(at(template, 'metadata'), 'labels'),
  };
}
