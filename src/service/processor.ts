/** service.Processor: the backends that a Service should have against those that a node really has. */
import type { Suspicion } from '../model/suspicion.ts';
import { proxyModeOf } from '../k8s/index.ts';
import type { Cluster, NodeView, ProxyMode, Service } from '../k8s/index.ts';
import { compareRules } from './compare-rules.ts';
import { expectedBackends } from './expected-backends.ts';
import type { Expectation } from './expected-backends.ts';
import { checkIntent } from './intent.ts';
import { ipvsTargets } from './ipvs-targets.ts';
import { ruleTargets, type RuleTargets } from './rule-targets.ts';
import { staleConnections } from './stale-connections.ts';
import type { ServiceTraffic } from './traffic.ts';

export interface ServiceCheck {
  readonly cluster: Cluster;
  /** The node that translates: the source's own, or for a node port the one that is addressed. */
  readonly view: NodeView;
  readonly service: Service;
  readonly traffic: ServiceTraffic;
}

export interface ServiceProcessor {
  readonly name: string;
  checkService(check: ServiceCheck): readonly Suspicion[];
}

/** Holds the objects against what the node's rules do, whatever tool wrote them. */
function byRules(name: string, targetsOf: (check: ServiceCheck) => RuleTargets = rulesAlone): ServiceProcessor {
  return {
    name,
    checkService(check) {
      const expected = expectationFor(check);
      const input = { service: check.service, traffic: check.traffic, node: check.view.node.name };
      return [
        ...checkIntent(input, expected),
        ...compareRules(input, expected, targetsOf(check)),
        ...staleConnections(check),
      ];
    },
  };
}

const rulesAlone = ({ view, traffic }: ServiceCheck): RuleTargets => ruleTargets(view, traffic);
const rulesAndIpvs = (check: ServiceCheck): RuleTargets => ipvsTargets(check.view, check.traffic, rulesAlone(check));

/** Judges the objects alone: how the node translates is not read here. */
function intentOnly(name: string): ServiceProcessor {
  return {
    name,
    checkService(check) {
      const input = { service: check.service, traffic: check.traffic, node: check.view.node.name };
      return [...checkIntent(input, expectationFor(check)), ...staleConnections(check)];
    },
  };
}

const PROCESSORS: Readonly<Record<ProxyMode, ServiceProcessor>> = {
  iptables: byRules('kube-proxy (iptables)'),
  ipvs: byRules('kube-proxy (ipvs)', rulesAndIpvs),
  nftables: byRules('kube-proxy (nftables)'),
};

/** The processor for how this node translates. Where nothing tells that kube-proxy does, rules are not judged. */
export function serviceProcessorOf(view: NodeView, cluster: Cluster): ServiceProcessor {
  const mode = proxyModeOf(view, cluster.facts);
  return mode === undefined ? intentOnly('unknown proxy') : PROCESSORS[mode.value];
}

export function expectationFor({ cluster, view, service, traffic }: ServiceCheck): Expectation {
  const { addresses } = view.host;
  const mode = proxyModeOf(view, cluster.facts);
  return expectedBackends({
    service,
    slices: cluster.cache.slicesOf(service),
    traffic,
    at: { node: view.node, addresses: addresses.ok ? addresses.value.map((one) => one.ip) : view.node.addresses },
    facts: mode === undefined ? cluster.facts : { ...cluster.facts, proxy: { ...cluster.facts.proxy, mode } },
  });
}
