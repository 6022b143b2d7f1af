/** What the Service and its endpoints alone say against a connection, whatever the nodes' rules are. */
import { formatHostPort } from '../model/address.ts';
import { assertNever } from '../model/assert-never.ts';
import type { Evidence } from '../model/evidence.ts';
import { LEVEL } from '../model/suspicion.ts';
import type { Suspicion } from '../model/suspicion.ts';
import { objectEvidence } from '../assertions/index.ts';
import { describePort, idOf } from '../k8s/index.ts';
import type { Service, ServicePort } from '../k8s/index.ts';
import type { Expectation } from './expected-backends.ts';
import { endpointText } from './service-endpoints.ts';
import type { ServiceEndpoint } from './service-endpoints.ts';
import type { ServiceTraffic } from './traffic.ts';

export interface IntentInput {
  readonly service: Service;
  readonly traffic: ServiceTraffic;
  /** Name of the node that translates. */
  readonly node: string;
}

export function checkIntent(input: IntentInput, expected: Expectation): readonly Suspicion[] {
  const { service, node } = input;
  const id = idOf(service);
  switch (expected.kind) {
    case 'backends':
      return expected.isLastResort
        ? [
            onlyTerminating(
              input,
              expected.port,
              expected.backends.map((one) => one.endpoint),
            ),
          ]
        : [];
    case 'no-endpoints':
      return [withoutEndpoints(input, expected.port, expected.known)];
    case 'no-local-endpoint': {
      const policy = expected.front === 'cluster' ? 'internalTrafficPolicy' : 'externalTrafficPolicy';
      const places = [...new Set(expected.elsewhere.map((one) => one.nodeName).filter((name) => name !== undefined))];
      return [
        {
          level: LEVEL.critical,
          code: 'SERVICE_NO_LOCAL_ENDPOINT',
          message: `service ${id} has ${policy} Local and no endpoint on ${node}: the packet is discarded there`,
          evidence: [
            objectEvidence('Service', service, `spec.${policy}: Local`),
            ...expected.elsewhere.map((one) => endpointEvidence(one)),
          ],
          node,
          remedy:
            places.length === 0
              ? `run an endpoint on ${node}, or set ${policy} to Cluster`
              : `send to ${places.join(' or ')}, which has one, or set ${policy} to Cluster`,
        },
      ];
    }
    case 'source-blocked':
      return [
        {
          level: LEVEL.critical,
          code: 'SERVICE_SOURCE_RANGES',
          message: `${input.traffic.source.ip.text} is outside the loadBalancerSourceRanges of service ${id}`,
          evidence: [
            objectEvidence(
              'Service',
              service,
              `spec.loadBalancerSourceRanges: [${service.sourceRanges.map((range) => range.text).join(', ')}]`,
            ),
          ],
          node,
          remedy: `add a block that holds ${input.traffic.source.ip.text} to spec.loadBalancerSourceRanges of ${id}`,
        },
      ];
    case 'no-such-port': {
      const { port, protocol } = input.traffic;
      const known = service.ports.map(describePort);
      return [
        {
          level: LEVEL.critical,
          code: 'SERVICE_PORT_UNKNOWN',
          message: `service ${id} has no port ${port}/${protocol}`,
          evidence: [objectEvidence('Service', service, `spec.ports: [${known.join(', ')}]`)],
          node,
          remedy:
            known.length === 0
              ? `give ${id} a port`
              : `ask for ${known.join(' or ')}, or add port ${port}/${protocol} to ${id}`,
        },
      ];
    }
    case 'not-served':
    case 'unknown':
      return [];
    default:
      return assertNever(expected);
  }
}

/** `10.77.0.3:8080 ready on node-a`, from its slice. */
export function endpointEvidence(endpoint: ServiceEndpoint): Evidence {
  const state = endpoint.isReady
    ? 'ready'
    : endpoint.isTerminating
      ? endpoint.isServing
        ? 'terminating, serving'
        : 'terminating'
      : 'not ready';
  const place = endpoint.nodeName === undefined ? '' : ` on ${endpoint.nodeName}`;
  return {
    kind: 'object',
    raw: `${endpointText(endpoint)} ${state}${place}${endpoint.pod === undefined ? '' : ` (${endpoint.pod})`}`,
    where: `EndpointSlice ${endpoint.slice}`,
  };
}

function withoutEndpoints(
  { service, traffic, node }: IntentInput,
  port: ServicePort,
  known: readonly ServiceEndpoint[],
): Suspicion {
  const id = idOf(service);
  const selector = [...service.selector].map(([key, value]) => `${key}=${value}`).join(',');
  const where = formatHostPort(traffic.address, traffic.port);
  const message =
    known.length === 0
      ? `service ${id} has no endpoints for ${describePort(port)}: ${where} is rejected`
      : `none of the ${known.length} endpoints of service ${id} is ready: ${where} is rejected`;
  const selectorRaw =
    selector === '' ? 'spec.selector is empty: its EndpointSlices are made by hand' : `spec.selector: {${selector}}`;
  return {
    level: LEVEL.critical,
    code: 'SERVICE_WITHOUT_ENDPOINTS',
    message,
    evidence: [objectEvidence('Service', service, selectorRaw), ...known.map(endpointEvidence)],
    node,
    remedy:
      known.length > 0
        ? `see why they are not ready: kubectl -n ${service.namespace} describe pod ${known[0]!.pod?.split('/')[1] ?? ''}`.trimEnd()
        : `see what it selects: kubectl -n ${service.namespace} get pods -l ${selector === '' ? 'KEY=VALUE' : selector}`,
  };
}

function onlyTerminating(
  { service, node }: IntentInput,
  port: ServicePort,
  endpoints: readonly ServiceEndpoint[],
): Suspicion {
  const id = idOf(service);
  return {
    level: LEVEL.warning,
    code: 'SERVICE_ONLY_TERMINATING',
    message: `service ${id} has only terminating endpoints for ${describePort(port)}: it is served by them until they end`,
    evidence: endpoints.map(endpointEvidence),
    node,
    remedy: `bring up new pods: kubectl -n ${service.namespace} get pods -l ${[...service.selector].map(([key, value]) => `${key}=${value}`).join(',')}`,
  };
}
