/** Keeps of an object what skoop reads; of twenty thousand pods the rest would be a gigabyte. */
import { at, fields, list, text } from '../fields.ts';
import type { Fields } from '../fields.ts';

export type Slim = (item: Fields) => Fields;

/** Of these only who they are and who made them is read: the server is asked for no more. */
export const slimMetadata: Slim = (item) => ({ metadata: metadata(item) });

/** Small enough to keep, but for what other tools noted on them. */
export const slimWhole: Slim = (item) => ({ ...item, metadata: metadata(item) });

/** Pods of one workload are alike: what they share is kept once. */
export function podSlimmer(): Slim {
  const kept = new Map<string, unknown>();
  const once = (value: unknown): unknown => {
    const key = JSON.stringify(value);
    const known = kept.get(key);
    if (known === undefined) kept.set(key, value);
    return known ?? value;
  };
  return (item) => {
    const spec = at(item, 'spec');
    const status = at(item, 'status');
    const meta = metadata(item);
    const sidecars = list(spec, 'initContainers').filter((one) => text(fields(one), 'restartPolicy') === 'Always');
    return {
      metadata: {
        ...meta,
        labels: once(meta['labels']),
        annotations: once(pickNames(at(item, 'metadata', 'annotations'), POD_ANNOTATIONS)),
        ownerReferences: once(meta['ownerReferences']),
      },
      spec: {
        ...pick(spec, ['nodeName', 'hostNetwork', 'hostname', 'subdomain']),
        containers: once(list(spec, 'containers').map(slimContainer)),
        ...(sidecars.length > 0 && {
          initContainers: once(sidecars.map((one) => ({ restartPolicy: 'Always', ...slimContainer(one) }))),
        }),
      },
      status: {
        ...pick(status, ['phase', 'podIP', 'podIPs', 'hostIP', 'hostIPs']),
        conditions: once(readyOnly(status)),
      },
    };
  };
}

export const slimNode: Slim = (item) => ({
  metadata: metadata(item),
  spec: pick(at(item, 'spec'), ['podCIDR', 'podCIDRs']),
  status: {
    addresses: list(at(item, 'status'), 'addresses'),
    conditions: list(at(item, 'status'), 'conditions')
      .map(fields)
      .filter((one) => one['type'] === 'Ready')
      .map((one) => pick(one, ['type', 'status', 'reason', 'message'])),
  },
});

/** Their command lines are where a network's and a proxy's settings stand. */
export const slimTemplated: Slim = (item) => {
  const template = at(item, 'spec', 'template');
  const spec = at(template, 'spec');
  return {
    metadata: metadata(item),
    spec: {
      template: {
        metadata: pick(at(template, 'metadata'), ['labels']),
        spec: {
          containers: list(spec, 'containers').map((one) => ({ ...slimContainer(one), env: literals(fields(one)) })),
        },
      },
    },
  };
};

export const slimEndpointSlice: Slim = (item) => ({
  metadata: metadata(item),
  ...pick(item, ['addressType', 'ports']),
  endpoints: list(item, 'endpoints')
    .map(fields)
    .map((endpoint) => ({
      ...pick(endpoint, ['addresses', 'conditions', 'nodeName', 'zone', 'hints']),
      ...(endpoint['targetRef'] !== undefined && {
        targetRef: pick(at(endpoint, 'targetRef'), ['kind', 'namespace', 'name']),
      }),
    })),
});

const META_FIELDS = ['name', 'namespace', 'uid', 'labels', 'deletionTimestamp'];
/** kubectl keeps the whole object once more in one. */
const MAX_ANNOTATION = 2048;
/** Static pods are known by their hash; networks note addresses and interfaces. */
const POD_ANNOTATIONS =
  /^kubernetes\.io\/config\.|(?:^|[./-])(?:cni|network|networking|ipam|projectcalico|ovn|cilium)\b/;

function metadata(item: Fields): Fields {
  const meta = at(item, 'metadata');
  const owners = list(meta, 'ownerReferences').map((one) => pick(fields(one), ['kind', 'name', 'controller']));
  const annotations = Object.entries(at(meta, 'annotations')).filter(
    ([, value]) => typeof value === 'string' && value.length <= MAX_ANNOTATION,
  );
  return {
    ...pick(meta, META_FIELDS),
    ...(annotations.length > 0 && { annotations: Object.fromEntries(annotations) }),
    ...(owners.length > 0 && { ownerReferences: owners }),
  };
}

function slimContainer(container: unknown): Fields {
  return pick(fields(container), ['name', 'command', 'args', 'ports']);
}

function literals(container: Fields): readonly Fields[] {
  return list(container, 'env')
    .map(fields)
    .filter((one) => one['value'] !== undefined)
    .map((one) => pick(one, ['name', 'value']));
}

function readyOnly(status: Fields): readonly Fields[] {
  return list(status, 'conditions')
    .map(fields)
    .filter((one) => one['type'] === 'Ready')
    .map((one) => pick(one, ['type', 'status']));
}

function pick(from: Fields, names: readonly string[]): Fields {
  const out: Record<string, unknown> = {};
  for (const name of names) if (from[name] !== undefined) out[name] = from[name];
  return out;
}

function pickNames(from: Fields, names: RegExp): Fields {
  return Object.fromEntries(Object.entries(from).filter(([name]) => names.test(name)));
}
