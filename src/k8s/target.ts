/** What a name stands for: a pod, a node, a service or something outside, with all of its addresses. */
import type { IP } from '../model/address.ts';
import { assertNever } from '../model/assert-never.ts';
import type { EndpointType } from '../model/endpoint.ts';
import { AskError } from './ask-error.ts';
import type { IPCache } from './ip-cache.ts';
import type { NodeInfo } from './node.ts';
import { idOf } from './object-meta.ts';
import { usablePods } from './owners.ts';
import type { Pod } from './pod.ts';
import type { Service } from './service.ts';

export interface Target {
  readonly type: EndpointType;
  readonly id: string;
  /** What the user wrote. */
  readonly asked: string;
  /** The preferred one of each family comes first. */
  readonly addresses: readonly IP[];
  /** Said to the user where the name left a choice. */
  readonly note?: string;
  readonly pod?: Pod;
  readonly node?: NodeInfo;
  readonly service?: Service;
}

export function podTarget(cache: IPCache, asked: string, pod: Pod, note?: string): Target | AskError {
  if (pod.isFinished) return new AskError(`pod ${idOf(pod)} has ended (${pod.phase}): it has no network any more`);
  if (pod.hostNetwork) return hostNetworkTarget(cache, asked, pod, note);
  if (pod.ips.length === 0)
    return new AskError(
      `pod ${idOf(pod)} has no address yet (${pod.phase}${pod.nodeName === undefined ? ', not scheduled' : ''})`,
    );
  return withNote({ type: 'pod', id: idOf(pod), asked, addresses: pod.ips, pod }, note);
}

/** A pod with hostNetwork is its node. */
function hostNetworkTarget(cache: IPCache, asked: string, pod: Pod, note: string | undefined): Target | AskError {
  const node = pod.nodeName === undefined ? undefined : cache.node(pod.nodeName);
  const addresses = pod.ips.length > 0 ? pod.ips : (node?.addresses ?? pod.hostIPs);
  if (addresses.length === 0)
    return new AskError(
      `pod ${idOf(pod)} uses its node's network, and no address of node ${pod.nodeName ?? '(none)'} is known`,
    );
  const said = `${note === undefined ? '' : `${note}; `}${idOf(pod)} uses the network of its node${pod.nodeName === undefined ? '' : ` ${pod.nodeName}`}`;
  if (node === undefined) return withNote({ type: 'external', id: addresses[0]!.text, asked, addresses, pod }, said);
  return withNote({ type: 'node', id: node.name, asked, addresses, pod, node }, said);
}

export function nodeTarget(asked: string, node: NodeInfo, note?: string): Target | AskError {
  const addresses = node.addresses.length > 0 ? node.addresses : node.externalIPs;
  if (addresses.length === 0) return new AskError(`node ${node.name} has no address`);
  return withNote({ type: 'node', id: node.name, asked, addresses, node }, note);
}

/** A headless service is its endpoints: one ready pod is taken. */
export function serviceTarget(cache: IPCache, asked: string, service: Service, note?: string): Target | AskError {
  const id = idOf(service);
  if (service.type === 'ExternalName') {
    return new AskError(
      `service ${id} only stands for the host name ${service.externalName ?? '(none)'}: ask for that host's address`,
    );
  }
  if (!service.isHeadless) {
    if (service.clusterIPs.length === 0) return new AskError(`service ${id} has no cluster address`);
    return withNote({ type: 'service', id, asked, addresses: service.clusterIPs, service }, note);
  }
  const endpoints = cache
    .slicesOf(service)
    .flatMap((slice) => slice.endpoints)
    .filter((endpoint) => endpoint.isReady);
  const first = endpoints[0];
  if (first === undefined)
    return new AskError(`service ${id} is headless and has no ready endpoint: its name resolves to nothing`);
  const pod = first.pod === undefined ? undefined : cache.pod(...splitId(first.pod));
  const took = `${note === undefined ? '' : `${note}; `}${id} is headless: took its endpoint ${first.pod ?? first.ip.text}`;
  if (pod !== undefined) {
    const target = podTarget(cache, asked, pod, took);
    return target instanceof AskError ? target : { ...target, service };
  }
  const addresses = endpoints.filter((one) => one.ip.family !== first.ip.family).map((one) => one.ip);
  return withNote(
    { type: 'external', id: first.ip.text, asked, addresses: [first.ip, ...addresses.slice(0, 1)], service },
    took,
  );
}

/** `what` names the workload as it was asked for: `deploy/api`. */
export function workloadTarget(cache: IPCache, asked: string, what: string, pods: readonly Pod[]): Target | AskError {
  const pod = usablePods(pods)[0];
  if (pod === undefined)
    return new AskError(
      `${what} has no running pod with an address${pods.length === 0 ? '' : ` (${pods.length} pods, none usable)`}`,
    );
  return podTarget(cache, asked, pod, `${what}: took the ${pod.isReady ? 'ready ' : 'unready '}pod ${idOf(pod)}`);
}

/** An address, whoever has it. A pod's before a node's before a service's. */
export function addressTarget(cache: IPCache, asked: string, ip: IP): Target {
  const owner = cache.ownerOf(ip);
  const base = { asked, addresses: [ip] };
  switch (owner?.kind) {
    case 'pod':
      return { ...base, type: 'pod', id: idOf(owner.pod), pod: owner.pod };
    case 'node':
      return { ...base, type: 'node', id: owner.node.name, node: owner.node };
    case 'service':
      return { ...base, type: 'service', id: idOf(owner.service), service: owner.service };
    case undefined:
      return { ...base, type: 'external', id: ip.text };
    default:
      return assertNever(owner);
  }
}

function withNote(target: Target, note: string | undefined): Target {
  return note === undefined ? target : { ...target, note };
}

function splitId(id: string): [string, string] {
  const slash = id.indexOf('/');
  return [id.slice(0, slash), id.slice(slash + 1)];
}
