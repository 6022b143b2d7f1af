/** Texts of the findings about Services and what the nodes' rules make of them. */
import type { ServiceCode, SuspicionInfo } from '../../model/suspicion-codes.ts';

export const SERVICE_FINDINGS: Readonly<Record<ServiceCode, SuspicionInfo>> = {
  SERVICE_WITHOUT_ENDPOINTS: {
    title: 'The Service has no usable endpoint',
    meaning:
      'No ready pod stands behind this port of the Service. kube-proxy then rejects its cluster address, so clients get "connection refused".',
    confirm:
      '`kubectl -n NAMESPACE get endpointslices -l kubernetes.io/service-name=SERVICE`\nPods that its selector finds: `kubectl -n NAMESPACE get pods -l KEY=VALUE` with the selector from `kubectl -n NAMESPACE get service SERVICE -o wide`',
    fix: 'If no pod is found, the selector and the labels differ: mend one of them.\nIf pods are found and are not ready, mend their readiness.\nIf they are ready, `targetPort` names a port that they do not declare.',
  },
  SERVICE_PORT_UNKNOWN: {
    title: 'The Service has no such port',
    meaning:
      'The Service exists and does not offer this port and protocol. In iptables mode packets to it go past all rules and out of the node; in nftables mode they are rejected.',
    confirm: '`kubectl -n NAMESPACE get service SERVICE -o wide`: the PORT(S) column is port:nodePort/protocol',
    fix: 'Ask for one of its ports (`port`, not `targetPort`), or add the port to the Service.',
  },
  SERVICE_RULES_MISSING: {
    title: 'The node has no rules for the Service',
    meaning:
      "kube-proxy on this node has not written any rule for this address and port: the packet keeps the Service's address, which no machine has.",
    confirm:
      '`iptables-save -t nat | grep ADDRESS` (IPv6: `ip6tables-save`) on this node\nIs kube-proxy well: `kubectl -n kube-system get pods -o wide -l k8s-app=kube-proxy` and its log',
    fix: 'Restart kube-proxy on this node and read its log; common causes are a lost connection to the API server, a failing iptables-restore, and two kube-proxies, or two back ends (legacy and nft), that fight.\nIf something else serves the Services here (Cilium, kube-router), this is no fault.',
  },
  SERVICE_BACKEND_MISSING: {
    title: 'The rules lack an endpoint that the Service has',
    meaning:
      "A ready endpoint of the Service is not among those that this node's rules choose from. Traffic goes to the others; with only one, to nobody.",
    confirm:
      'Endpoints: `kubectl -n NAMESPACE get endpointslices -l kubernetes.io/service-name=SERVICE -o wide`\nRules: `iptables-save -t nat | grep "NAMESPACE/SERVICE"`',
    fix: 'kube-proxy on this node is behind: look at its log and its connection to the API server, and restart it.',
  },
  SERVICE_BACKEND_UNEXPECTED: {
    title: 'The rules lead to an address that is no endpoint',
    meaning:
      "The node's rules still send traffic for the Service to an address that is not, or no longer, an endpoint. That share of the connections times out or reaches a stranger.",
    confirm:
      'Endpoints: `kubectl -n NAMESPACE get endpointslices -l kubernetes.io/service-name=SERVICE -o wide`\nRules: `iptables-save -t nat | grep ADDRESS`',
    fix: "kube-proxy on this node is behind: look at its log and restart it. If the rule is not kube-proxy's (no KUBE- chain), find its owner; hand-written DNAT rules and hostPort leftovers are usual.",
  },
  SERVICE_NO_LOCAL_ENDPOINT: {
    title: 'Traffic policy Local, and no endpoint on this node',
    meaning:
      'With externalTrafficPolicy or internalTrafficPolicy Local a node sends only to its own endpoints. This node has none, so it discards the packet. Load balancers learn that from the health check node port; clients that address the node directly do not.',
    confirm:
      '`kubectl -n NAMESPACE get service SERVICE -o jsonpath="{.spec.externalTrafficPolicy} {.spec.internalTrafficPolicy} {.spec.healthCheckNodePort}"`\nWhere its endpoints are: `kubectl -n NAMESPACE get endpointslices -l kubernetes.io/service-name=SERVICE -o jsonpath="{.items[*].endpoints[*].nodeName}"`',
    fix: "Address a node that has an endpoint, run one on every node (DaemonSet), or set the policy to Cluster (the server then no longer sees the client's address).\nBehind a load balancer: its health check must ask the health check node port.",
  },
  SERVICE_SOURCE_RANGES: {
    title: 'The client is outside loadBalancerSourceRanges',
    meaning:
      'The Service lets only the listed blocks use its load balancer address, and the source as the node sees it is in none of them: the packet is discarded.',
    confirm:
      '`kubectl -n NAMESPACE get service SERVICE -o jsonpath="{.spec.loadBalancerSourceRanges}"`\nThe source that arrives: `tcpdump -ni any dst port PORT`',
    fix: "Add the client's block to `spec.loadBalancerSourceRanges`. If a proxy or NAT stands in between, that is the source to allow.",
  },
  SERVICE_ONLY_TERMINATING: {
    title: 'Only terminating endpoints are left',
    meaning:
      'No endpoint is ready; those that are shutting down and still serve are used as a last resort. When they end, the Service has none.',
    confirm:
      '`kubectl -n NAMESPACE get endpointslices -l kubernetes.io/service-name=SERVICE -o yaml`: conditions ready, serving, terminating',
    fix: 'Bring up new ready pods before the old ones go: more replicas, `maxUnavailable: 0`, a PodDisruptionBudget, a readiness probe that passes sooner.',
  },
};
