/** The backends that a packet to a Service should be able to reach, by what the objects say alone. */
import { sameIP } from '../model/address.ts';
import { isIn } from '../k8s/index.ts';
import type { ClusterFacts, EndpointSlice, NodeInfo, Service, ServicePort } from '../k8s/index.ts';
import { frontOf } from './front.ts';
import type { FrontKind } from './front.ts';
import { categorizeEndpoints, endpointsOf } from './service-endpoints.ts';
import type { ServiceEndpoint } from './service-endpoints.ts';
import type { ServiceTraffic, TrafficSource, TranslatingNode } from './traffic.ts';

export interface ExpectedBackend {
  readonly endpoint: ServiceEndpoint;
  /** Whether the source is replaced by the node's address; undefined where the configuration that decides it is not known. */
  readonly masquerade: boolean | undefined;
}

export type Expectation =
  | {
      readonly kind: 'backends';
      readonly front: FrontKind;
      readonly port: ServicePort;
      readonly backends: readonly ExpectedBackend[];
      /** No endpoint is ready; these are ending and still serve. */
      readonly isLastResort: boolean;
    }
  /** No usable endpoint anywhere: rejected. */
  | {
      readonly kind: 'no-endpoints';
      readonly front: FrontKind;
      readonly port: ServicePort;
      readonly known: readonly ServiceEndpoint[];
    }
  /** Policy Local, endpoints on other nodes only: discarded. */
  | {
      readonly kind: 'no-local-endpoint';
      readonly front: FrontKind;
      readonly port: ServicePort;
      readonly elsewhere: readonly ServiceEndpoint[];
    }
  /** Outside loadBalancerSourceRanges: discarded. */
  | { readonly kind: 'source-blocked'; readonly port: ServicePort }
  | { readonly kind: 'no-such-port' }
  /** The Service is not served at this address. */
  | { readonly kind: 'not-served'; readonly reason: string }
  /** It depends on how kube-proxy tells pods from others, and that is not known. */
  | { readonly kind: 'unknown'; readonly reason: string };

export interface ExpectationInput {
  readonly service: Service;
  readonly slices: readonly EndpointSlice[];
  readonly traffic: ServiceTraffic;
  readonly at: TranslatingNode;
  readonly facts: ClusterFacts;
}

export function expectedBackends(input: ExpectationInput): Expectation {
  const { service, traffic, at, facts } = input;
  const front = frontOf(service, traffic, at, facts.proxy);
  if (front.kind === 'none') return { kind: 'not-served', reason: front.reason };
  if (front.kind === 'no-such-port') return front;
  const { kind, port } = front;
  const endpoints = endpointsOf(input.slices, port, traffic.address.family);
  const sets = categorizeEndpoints(endpoints, service, port, at.node);
  if (!sets.hasAny) return { kind: 'no-endpoints', front: kind, port, known: endpoints };
  if (kind === 'load-balancer' && isBlocked(service, traffic, at)) return { kind: 'source-blocked', port };

  // IPVS has one list of servers for all clients: the local ones, or where there are none those of the cluster.
  const isIpvs = facts.proxy.mode?.value === 'ipvs';
  const local = isIpvs && sets.local.length === 0 ? sets.cluster : sets.local;

  const isPod = isPodTraffic(traffic.source, at.node, facts);
  const answer = (used: readonly ServiceEndpoint[], masquerade: boolean | undefined): Expectation => {
    if (used.length === 0)
      return { kind: 'no-local-endpoint', front: kind, port, elsewhere: endpoints.filter((one) => one.isReady) };
    const backends = used.map((endpoint) => ({
      endpoint,
      // A pod that reaches itself is always masqueraded, else its answer would not come back this way.
      masquerade: sameIP(endpoint.ip, traffic.source.ip) ? true : masquerade,
    }));
    return { kind: 'backends', front: kind, port, backends, isLastResort: used.every((one) => !one.isReady) };
  };
  if (kind === 'cluster')
    return answer(service.isInternalLocal ? local : sets.cluster, clusterMasquerade(isPod, facts));
  if (!service.isExternalLocal) return answer(sets.cluster, true);
  if (isIpvs) return answer(local, false);
  if (isPod === undefined)
    return {
      kind: 'unknown',
      reason: 'how kube-proxy tells pods from other sources (detectLocalMode, clusterCIDR) is not known',
    };
  // Pods, and the node itself, take the short cut to all endpoints (the KUBE-EXT chain's first rules).
  if (isPod) return answer(sets.cluster, false);
  return traffic.source.kind === 'node' ? answer(sets.cluster, true) : answer(sets.local, false);
}

/**
 * The ranges of the packet's own family count; a load balancer address reaches itself only where a range holds the
 * node's address.
 */
function isBlocked(service: Service, { address, source }: ServiceTraffic, { node }: TranslatingNode): boolean {
  const ranges = service.sourceRanges.filter((range) => range.ip.family === address.family);
  if (ranges.length === 0 || isIn(ranges, source.ip)) return false;
  return !(sameIP(source.ip, address) && node.addresses.some((ip) => isIn(ranges, ip)));
}

/** Whether kube-proxy's detector takes the source for a pod; undefined where the detector is not known. */
function isPodTraffic(source: TrafficSource, node: NodeInfo, facts: ClusterFacts): boolean | undefined {
  switch (facts.proxy.localDetection) {
    case 'none':
      return false;
    case 'NodeCIDR':
      return isIn(node.podCIDRs, source.ip);
    case 'BridgeInterface':
    case 'InterfaceNamePrefix':
      return source.kind === 'pod' && source.nodeName === node.name;
    default: {
      // Not configured where we can see it: cluster CIDR is what every installer sets up.
      const blocks = facts.proxy.clusterCIDRs ?? facts.clusterCIDRs;
      return blocks === undefined ? undefined : isIn(blocks.value, source.ip);
    }
  }
}

/** Masqueraded on the way to a cluster address: everything that is no pod, if a detector is there; all of it with masqueradeAll. */
function clusterMasquerade(isPod: boolean | undefined, { proxy }: ClusterFacts): boolean | undefined {
  if (proxy.masqueradeAll) return true;
  if (proxy.localDetection === 'none') return false;
  if (proxy.localDetection === undefined) return isPod === true ? false : undefined;
  return isPod === undefined ? undefined : !isPod;
}
