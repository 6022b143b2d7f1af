/** Finds what a user's text names: by type and namespace, by name alone where that is unique, or by a service's DNS name. */
import { assertNever } from '../model/assert-never.ts';
import { AskError } from './ask-error.ts';
import type { IPCache } from './ip-cache.ts';
import { didYouMean, nearestNames } from './nearest-names.ts';
import { idOf } from './object-meta.ts';
import { addressTarget, nodeTarget, podTarget, serviceTarget, workloadTarget } from './target.ts';
import type { Target } from './target.ts';
import { parseTarget } from './target-text.ts';
import type { TargetKind, TargetText } from './target-text.ts';
import { named, PLAIN_KINDS, typedId } from './named-object.ts';
import type { Found, Role } from './named-object.ts';
import { unknown, unknownOfKind, unknownPair } from './unknown-name.ts';
import { WORKLOAD_KINDS } from './workload.ts';

export interface FindOptions {
  readonly role: Role;
  /** Namespace of names that do not say one. */
  readonly namespace?: string;
}

/** An AskError says in one sentence what is wrong, with the nearest matches. */
export function findTarget(cache: IPCache, asked: string, options: FindOptions): Target | AskError {
  const text = parseTarget(asked);
  if (text instanceof AskError) return text;
  const target = find(cache, asked.trim(), text, options);
  if (!(target instanceof AskError) && options.role === 'src' && target.type === 'service') {
    return new AskError(
      `"${asked}" is the service ${target.id}: packets are sent by pods and nodes, so a service cannot be the source`,
    );
  }
  return target;
}

function find(cache: IPCache, asked: string, text: TargetText, options: FindOptions): Target | AskError {
  switch (text.kind) {
    case 'address':
      return addressTarget(cache, asked, text.ip);
    case 'typed': {
      const found = pick(cache, text.type, text.name, text.namespace ?? options.namespace);
      if (found instanceof AskError) return found;
      return found === undefined ? unknownOfKind(cache, asked, text, options.role) : open(cache, asked, found);
    }
    case 'pair':
      return findPair(cache, asked, text.namespace, text.name) ?? unknownPair(cache, text, options.role);
    case 'plain':
      return findPlain(cache, asked, text.name, options);
    default:
      return assertNever(text);
  }
}

function findPlain(cache: IPCache, asked: string, name: string, options: FindOptions): Target | AskError {
  for (const kinds of PLAIN_KINDS[options.role]) {
    const hits: Found[] = [];
    for (const kind of kinds) {
      const found = pick(cache, kind, name, options.namespace);
      if (found instanceof AskError) return found;
      if (found !== undefined) hits.push(found);
    }
    if (hits.length > 1) return new AskError(`"${name}" is more than one thing: say ${hits.map(typedId).join(' or ')}`);
    const hit = hits[0];
    if (hit !== undefined) return open(cache, asked, { ...hit, note: `${name}: took ${describe(hit)}` });
  }
  const byDns = findDnsName(cache, asked, name, options);
  return byDns ?? unknown(cache, asked, name, options.role);
}

/** `namespace/name`: a pod, else a service, else a workload. */
function findPair(cache: IPCache, asked: string, namespace: string, name: string): Target | AskError | undefined {
  const pod = cache.pod(namespace, name);
  if (pod !== undefined) return podTarget(cache, asked, pod);
  for (const type of ['service', ...WORKLOAD_KINDS] as const) {
    const object = named(cache, type).find((one) => one.namespace === namespace && one.name === name);
    if (object !== undefined)
      return open(cache, asked, { type, object, note: `${namespace}/${name}: took the ${type.toLowerCase()}` });
  }
  return undefined;
}

/**
 * `web.shop`, `web.shop.svc`, `web.shop.svc.cluster.local`, and a pod of a headless service by its host name:
 * `web-0.web.shop.svc`.
 */
function findDnsName(cache: IPCache, asked: string, name: string, options: FindOptions): Target | AskError | undefined {
  const labels = name.replace(/\.$/, '').split('.');
  const svc = labels.indexOf('svc');
  const parts = svc < 0 ? labels : labels.slice(0, svc);
  if (parts.length === 2) {
    const service = cache.service(parts[1]!, parts[0]!);
    if (service !== undefined) return serviceTarget(cache, asked, service);
  }
  if (parts.length === 3) {
    const pod = cache.pods.find(
      (one) => one.namespace === parts[2] && one.subdomain === parts[1] && (one.hostname ?? one.name) === parts[0],
    );
    if (pod !== undefined) return podTarget(cache, asked, pod);
  }
  // `web.svc` is no DNS name, but `web` within the namespace asked for may be meant.
  if (svc === 1 && options.namespace !== undefined) {
    const service = cache.service(options.namespace, parts[0]!);
    if (service !== undefined) return serviceTarget(cache, asked, service);
  }
  if (svc < 0 || parts.length !== 2) return undefined;
  const near = nearestNames(
    parts.join('.'),
    cache.services.map((one) => `${one.name}.${one.namespace}`),
  );
  return new AskError(`no service has the DNS name "${name}"${didYouMean(near)}`);
}

/** In the namespace asked for; else in `default`; else wherever it is unique. */
function pick(
  cache: IPCache,
  type: TargetKind,
  name: string,
  namespace: string | undefined,
): Found | AskError | undefined {
  const all = named(cache, type).filter((one) => one.name === name);
  if (type === 'node' || all.length === 0) return all[0] === undefined ? undefined : { type, object: all[0] };
  const here = all.find((one) => one.namespace === (namespace ?? 'default'));
  if (here !== undefined) return { type, object: here };
  if (namespace !== undefined) return undefined;
  if (all.length > 1) {
    const shown = all.slice(0, 4).map((object) => typedId({ type, object }));
    return new AskError(
      `"${name}" is in ${all.length} namespaces: say ${shown.join(' or ')}${all.length > 4 ? ' …' : ''}`,
    );
  }
  return { type, object: all[0]!, note: `${name}: took ${describe({ type, object: all[0]! })}` };
}

function open(cache: IPCache, asked: string, { type, object, note }: Found): Target | AskError {
  switch (type) {
    case 'pod':
      return podTarget(cache, asked, cache.pod(object.namespace, object.name)!, note);
    case 'service':
      return serviceTarget(cache, asked, cache.service(object.namespace, object.name)!, note);
    case 'node':
      return nodeTarget(asked, cache.node(object.name)!, note);
    default: {
      const pods = cache.podsOf({ kind: type, namespace: object.namespace, name: object.name });
      return workloadTarget(cache, asked, typedId({ type, object }), pods);
    }
  }
}

function describe({ type, object }: Found): string {
  return `the ${type.toLowerCase()} ${idOf(object)}`;
}
