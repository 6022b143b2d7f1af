/** The endpoints of one port of a Service, and which of them kube-proxy uses on a node. */
import type { Family, IP } from '../model/address.ts';
import { formatHostPort } from '../model/address.ts';
import { idOf } from '../k8s/index.ts';
import type { EndpointSlice, NodeInfo, Service, ServicePort, SliceEndpoint } from '../k8s/index.ts';

export interface ServiceEndpoint extends SliceEndpoint {
  readonly port: number;
  readonly slice: string;
}

/** Endpoints of the port in one family, each address and port once. */
export function endpointsOf(
  slices: readonly EndpointSlice[],
  port: ServicePort,
  family: Family,
): readonly ServiceEndpoint[] {
  const out = new Map<string, ServiceEndpoint>();
  for (const slice of slices.filter((one) => one.family === family)) {
    const here = slice.ports.find((one) => one.name === port.name && one.protocol === port.protocol);
    if (here?.port === undefined) continue;
    for (const endpoint of slice.endpoints)
      out.set(formatHostPort(endpoint.ip, here.port), { ...endpoint, port: here.port, slice: idOf(slice) });
  }
  return [...out.values()];
}

export interface EndpointSets {
  /** Used for policy Cluster. */
  readonly cluster: readonly ServiceEndpoint[];
  /** Used for policy Local. */
  readonly local: readonly ServiceEndpoint[];
  /** Whether kube-proxy sees any usable endpoint: without one it rejects, with one elsewhere a Local policy drops. */
  readonly hasAny: boolean;
}

/**
 * Ready ones; where none is ready those that terminate and still serve. Local likewise, among the node's own
 * (CategorizeEndpoints in pkg/proxy/topology.go).
 */
export function categorizeEndpoints(
  endpoints: readonly ServiceEndpoint[],
  service: Service,
  port: ServicePort,
  node: NodeInfo,
): EndpointSets {
  const isExternal = port.nodePort !== undefined || service.externalIPs.length > 0 || service.ingress.length > 0;
  const ready = endpoints.filter((one) => one.isReady);
  const lastResort = endpoints.filter((one) => one.isServing && one.isTerminating && !one.isReady);
  const usesCluster = !service.isInternalLocal || isExternal;
  const usesLocal = service.isInternalLocal || (isExternal && service.isExternalLocal);
  const isLocal = (one: ServiceEndpoint): boolean => one.nodeName === node.name;
  const near = narrowByHints(ready, node);
  const cluster = !usesCluster ? [] : near.length > 0 ? near : lastResort;
  const localReady = ready.filter(isLocal);
  const local = !usesLocal ? [] : localReady.length > 0 ? localReady : lastResort.filter(isLocal);
  return { cluster, local, hasAny: usesLocal ? ready.length + lastResort.length > 0 : cluster.length > 0 };
}

/** Hints count only where every ready endpoint has one and one is for here: nodes first, then zones. */
function narrowByHints(ready: readonly ServiceEndpoint[], node: NodeInfo): readonly ServiceEndpoint[] {
  const zone = node.labels.get('topology.kubernetes.io/zone');
  if (ready.length === 0) return ready;
  if (ready.every((one) => one.hintedNodes.length > 0)) {
    const here = ready.filter((one) => one.hintedNodes.includes(node.name));
    if (here.length > 0) return here;
  }
  if (zone === undefined || !ready.every((one) => one.hintedZones.length > 0)) return ready;
  const inZone = ready.filter((one) => one.hintedZones.includes(zone));
  return inZone.length > 0 ? inZone : ready;
}

export function endpointText(endpoint: { readonly ip: IP; readonly port: number }): string {
  return formatHostPort(endpoint.ip, endpoint.port);
}
