/** What every Kubernetes object has: its name, its labels and who made it. */
import { fields, flag, list, text, textMap, at } from './fields.ts';

export interface Owner {
  readonly kind: string;
  readonly name: string;
}

export interface ObjectMeta {
  /** Empty for cluster-wide objects. */
  readonly namespace: string;
  readonly name: string;
  readonly uid?: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly annotations: ReadonlyMap<string, string>;
  /** The controller, or else the first owner. */
  readonly owner?: Owner;
  readonly isBeingDeleted: boolean;
}

/** Undefined where the object has no name: nothing can be asked about it. */
export function readMeta(object: unknown): ObjectMeta | undefined {
  const meta = at(object, 'metadata');
  const name = text(meta, 'name');
  if (name === undefined) return undefined;
  const uid = text(meta, 'uid');
  const owner = readOwner(list(meta, 'ownerReferences'));
  return {
    namespace: text(meta, 'namespace') ?? '',
    name,
    ...(uid === undefined ? {} : { uid }),
    labels: textMap(meta, 'labels'),
    annotations: textMap(meta, 'annotations'),
    ...(owner === undefined ? {} : { owner }),
    isBeingDeleted: text(meta, 'deletionTimestamp') !== undefined,
  };
}

/** `namespace/name`, or the name alone for cluster-wide objects: the id that people and KubeSkoop's JSON use. */
export function idOf(meta: { readonly namespace: string; readonly name: string }): string {
  return meta.namespace === '' ? meta.name : `${meta.namespace}/${meta.name}`;
}

function readOwner(references: readonly unknown[]): Owner | undefined {
  const reference = fields(references.find((one) => flag(fields(one), 'controller') === true) ?? references[0]);
  const kind = text(reference, 'kind');
  const name = text(reference, 'name');
  return kind === undefined || name === undefined ? undefined : { kind, name };
}
