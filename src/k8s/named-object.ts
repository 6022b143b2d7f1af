/** Objects that a name can mean, by kind, and how a user would type them. */
import type { IPCache } from './ip-cache.ts';
import { idOf } from './object-meta.ts';
import type { ObjectMeta } from './object-meta.ts';
import type { TargetKind } from './target-text.ts';
import { WORKLOAD_KINDS } from './workload.ts';

export type Role = 'src' | 'dst';

/** An object of one kind. */
export interface Found {
  readonly type: TargetKind;
  readonly object: ObjectMeta;
  readonly note?: string;
}

/** Kinds in the order in which a name without a type is tried. A pod and a service of one name are told apart by the user. */
export const PLAIN_KINDS: Readonly<Record<Role, readonly (readonly TargetKind[])[]>> = {
  src: [['pod', 'node'], WORKLOAD_KINDS],
  dst: [['pod', 'service', 'node'], WORKLOAD_KINDS],
};

export function named(cache: IPCache, type: TargetKind): readonly ObjectMeta[] {
  if (type === 'pod') return cache.pods;
  if (type === 'service') return cache.services;
  return type === 'node' ? cache.nodes : cache.workloads(type);
}

const SHORT: Readonly<Record<TargetKind, string>> = {
  pod: 'pod',
  service: 'svc',
  node: 'node',
  Deployment: 'deploy',
  ReplicaSet: 'rs',
  StatefulSet: 'sts',
  DaemonSet: 'ds',
  Job: 'job',
};

/** `svc/shop/web`. */
export function typedId({ type, object }: Found): string {
  return `${SHORT[type]}/${idOf(object)}`;
}
