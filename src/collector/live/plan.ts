/** Which nodes a question will need, and which namespaces of each, as far as the objects tell before the walk. */
import { AskError, idOf, readTransport, resolveQuestion } from '../../k8s/index.ts';
import type { AskedQuestion, IPCache, Pod, ResolvedQuestion, Service } from '../../k8s/index.ts';

export interface CollectionPlan {
  /** To be collected at once, with the pods that matter there; of all others the host alone matters. */
  readonly nodes: ReadonlyMap<string, readonly Pod[]>;
  /** Collected when the walk comes there: endpoints beyond the bound. */
  readonly later: ReadonlyMap<string, readonly Pod[]>;
  /** Traffic from outside may come in by any node, and none was named. */
  readonly isFromAnywhere: boolean;
}

/** Nodes of a service's endpoints that are collected before the walk asks for them. */
const MOST_ENDPOINT_NODES = 8;

export interface PlannedAsk extends AskedQuestion {
  readonly via?: string;
}

/** Nothing where the question can't be resolved: the diagnosis says so in its own words. */
export function planCollection(cache: IPCache, ask: PlannedAsk): CollectionPlan {
  const resolved = resolveQuestion(cache, ask);
  if (resolved instanceof AskError) return { nodes: new Map(), later: new Map(), isFromAnywhere: false };
  const plan = new Plan();
  const { src, dst } = resolved;
  plan.pod(src.pod);
  plan.node(src.node?.name);
  plan.node(ask.via);
  plan.pod(dst.pod);
  plan.node(dst.node?.name);
  const endpoints = endpointPods(cache, resolved);
  const isBehind = new Set(plan.nodes.keys());
  for (const pod of endpoints) {
    if (pod.nodeName === undefined) continue;
    if (!isBehind.has(pod.nodeName) && isBehind.size >= MOST_ENDPOINT_NODES) plan.postpone(pod);
    else plan.pod(pod);
    isBehind.add(pod.nodeName);
  }
  const isFromOutside = src.type === 'external';
  return {
    nodes: plan.nodes,
    later: plan.later,
    isFromAnywhere: isFromOutside && ask.via === undefined && dst.node === undefined && dst.type !== 'pod',
  };
}

/** Pods that rules may lead the packet to: behind the service, the node port or the host port that is asked for. */
function endpointPods(cache: IPCache, { dst, question }: ResolvedQuestion): readonly Pod[] {
  const services: Service[] = dst.service === undefined ? [] : [dst.service];
  const protocol = readTransport(question.protocol.toUpperCase());
  if (dst.type === 'node' && protocol !== undefined)
    services.push(...cache.servicesOfNodePort(question.port, protocol).map(({ service }) => service));
  const behind = services.flatMap((service) =>
    cache.slicesOf(service).flatMap((slice) =>
      slice.endpoints.flatMap((endpoint) => {
        const [namespace = '', name = ''] = endpoint.pod?.split('/') ?? [];
        return cache.pod(namespace, name) ?? cache.podsAt(endpoint.ip).slice(0, 1);
      }),
    ),
  );
  const onHostPort =
    dst.node === undefined
      ? []
      : cache.podsOn(dst.node.name).filter((pod) => pod.ports.some((port) => port.hostPort === question.port));
  return [...behind, ...onHostPort];
}

class Plan {
  readonly nodes = new Map<string, Pod[]>();
  readonly later = new Map<string, Pod[]>();

  node(name: string | undefined): void {
    if (name !== undefined && !this.nodes.has(name)) this.nodes.set(name, []);
  }

  pod(pod: Pod | undefined): void {
    if (pod?.nodeName === undefined || pod.isFinished) return;
    this.node(pod.nodeName);
    add(this.nodes.get(pod.nodeName)!, pod);
  }

  postpone(pod: Pod): void {
    const pods = this.later.get(pod.nodeName!) ?? [];
    add(pods, pod);
    this.later.set(pod.nodeName!, pods);
  }
}

function add(pods: Pod[], pod: Pod): void {
  if (!pod.hostNetwork && !pods.some((one) => idOf(one) === idOf(pod))) pods.push(pod);
}
