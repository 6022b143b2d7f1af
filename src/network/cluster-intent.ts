/** Holds Kubernetes', the network plugin's and the service proxy's intent against everything that is on the path. */
import type { IP } from '../model/address.ts';
import type { Walked } from '../diagnostor/diagnostor.ts';
import type { Question } from '../model/endpoint.ts';
import type { Suspicion } from '../model/suspicion.ts';
import { KubernetesAssertion, NetstackAssertion } from '../assertions/index.ts';
import { idOf, readTransport, type Cluster, type NodeInfo, type NodeView, type Pod } from '../k8s/index.ts';
import type { NetNS } from '../netstack/netns.ts';
import type { NodeState } from '../nodemanager/node-state.ts';
import type { ChosenPlugin, Peer } from '../plugin/index.ts';
import { findService, serviceProcessorOf, type TrafficSource } from '../service/index.ts';
import type { Intent, IntentInput } from './intent.ts';

/** What of one node lies on the path. */
interface OnPath {
  readonly state: NodeState;
  readonly view: NodeView;
  /** Those that the packet came to, and those that it should have. */
  readonly pods: readonly { readonly pod: Pod; readonly ns: NetNS }[];
}

export function clusterIntent(cluster: Cluster, chosen: ChosenPlugin): Intent {
  const { plugin, detection } = chosen;
  return {
    detected: [{ what: 'network plugin', value: detection.plugin, from: detection.from }, ...plugin.describe(cluster)],
    check: async (input) => {
      const nodes = nodesOnPath(cluster, input);
      return unique([
        ...endsAsMeant(cluster, input, nodes),
        ...[...input.walked.visited].flatMap(({ id, ns }) => NetstackAssertion.conntrackHasRoom({ id, ns })),
        ...nodes.flatMap((node) => networkAsMeant(cluster, chosen, input, { here: node, nodes })),
        ...serviceAsMeant(cluster, input, nodes),
      ]);
    },
  };
}

function nodesOnPath(cluster: Cluster, { walked }: IntentInput): readonly OnPath[] {
  const states = new Set([...walked.visited].map((action) => action.node));
  const meant = podsAddressed(cluster, walked);
  return [...states].flatMap((state): OnPath[] => {
    const node = cluster.cache.node(state.name);
    if (node === undefined) return [];
    const visited = [...walked.visited].filter((action) => action.node === state && action.type === 'pod');
    const ids = new Set([
      ...visited.map(({ id }) => id),
      ...meant.filter(({ nodeName }) => nodeName === state.name).map(idOf),
    ]);
    const pods = [...ids].flatMap((id) => {
      const pod = podOf(cluster, id);
      const ns = state.pods.get(id);
      // of a namespace that was collected in brief little is known: it is not on the path
      return pod === undefined || ns === undefined || ns.isBrief ? [] : [{ pod, ns }];
    });
    const view: NodeView = { node, host: state.host, pods: new Map(pods.map(({ pod, ns }) => [idOf(pod), ns])) };
    return [{ state, view, pods }];
  });
}

/** Where the way to a pod is what is broken, the packet does not come to the pod, nor to its node perhaps. */
function podsAddressed(cluster: Cluster, { addressed }: Walked): readonly Pod[] {
  return [...addressed.values()].flatMap((ip) => cluster.cache.podsAt(ip)).filter((pod) => !pod.hostNetwork);
}

function podOf(cluster: Cluster, id: string): Pod | undefined {
  const slash = id.indexOf('/');
  return cluster.cache.pod(id.slice(0, slash), id.slice(slash + 1));
}

/** The objects themselves: pods that run, nodes that are ready, addresses that are nobody else's. */
function endsAsMeant(
  cluster: Cluster,
  { resolved, walked }: IntentInput,
  nodes: readonly OnPath[],
): readonly Suspicion[] {
  const { src, dst, question } = resolved;
  const pods = [
    ...new Set([
      src.pod,
      dst.pod,
      ...nodes.flatMap((node) => node.pods.map(({ pod }) => pod)),
      ...podsAddressed(cluster, walked),
    ]),
  ].filter((pod) => pod !== undefined);
  return [
    ...pods.flatMap((pod) => [...KubernetesAssertion.podIsRunning(pod), ...KubernetesAssertion.podIsReady(pod)]),
    ...nodesMeant(cluster, pods, nodes).flatMap((node) => KubernetesAssertion.nodeIsReady(node)),
    ...[question.src, question.dst]
      .filter((end) => end.type === 'pod')
      .flatMap((end) => KubernetesAssertion.addressIsUnique(cluster.cache, end.ip)),
  ];
}

/** Of a node that is gone nothing was collected: the cluster's own word on it is all there is. */
function nodesMeant(cluster: Cluster, pods: readonly Pod[], nodes: readonly OnPath[]): readonly NodeInfo[] {
  const names = pods.map(({ nodeName }) => nodeName).filter((name) => name !== undefined);
  const named = names.map((name) => cluster.cache.node(name)).filter((node) => node !== undefined);
  return [...new Set([...nodes.map(({ view }) => view.node), ...named])];
}

function networkAsMeant(
  cluster: Cluster,
  { plugin }: ChosenPlugin,
  input: IntentInput,
  { here, nodes }: { readonly here: OnPath; readonly nodes: readonly OnPath[] },
): readonly Suspicion[] {
  const { question } = input.resolved;
  const peers = peersOf(cluster, input, { here, nodes });
  const isLeaving = question.dst.type === 'external' && here.pods.some(({ pod }) => idOf(pod) === question.src.id);
  return [
    ...plugin.checkNode({
      cluster,
      view: here.view,
      peers,
      families: [question.dst.ip.family],
      ...(isLeaving ? { leaving: { src: question.src.ip, dst: question.dst.ip } } : {}),
    }),
    ...here.pods.flatMap(({ pod, ns }) => plugin.checkPod({ cluster, view: here.view, pod, netns: ns })),
  ];
}

/** Nodes that the packet came to, and those that it did not get to though its destination is there. */
function peersOf(
  cluster: Cluster,
  { resolved, walked }: IntentInput,
  { here, nodes }: { readonly here: OnPath; readonly nodes: readonly OnPath[] },
): readonly Peer[] {
  const { family } = resolved.question.dst.ip;
  const addresses = new Map<string, Set<IP>>(nodes.map(({ view }) => [view.node.name, new Set()]));
  const pods = [...nodes.flatMap((node) => node.pods.map(({ pod }) => pod)), ...podsAddressed(cluster, walked)];
  for (const { nodeName, ips } of pods) {
    if (nodeName === undefined) continue;
    const own = addresses.get(nodeName) ?? new Set();
    for (const ip of ips) if (ip.family === family) own.add(ip);
    addresses.set(nodeName, own);
  }
  return [...addresses].flatMap(([name, ips]): Peer[] => {
    const node = cluster.cache.node(name);
    return node === undefined || name === here.view.node.name ? [] : [{ node, addresses: [...ips] }];
  });
}

/** The first node on the way translates; for a node port, the node that is addressed. */
function serviceAsMeant(
  cluster: Cluster,
  { resolved, walked }: IntentInput,
  nodes: readonly OnPath[],
): readonly Suspicion[] {
  const { question } = resolved;
  const protocol = readTransport(question.protocol.toUpperCase());
  if (protocol === undefined) return [];
  const service = findService(cluster.cache, { address: question.dst.ip, port: question.port, protocol });
  if (service === undefined) return [];
  const isNodePort = question.dst.type === 'node';
  const entries = new Set(
    walked.branches.map((branch) => branch.forward.hops.find((hop) => hop.nodeType === 'node')?.node),
  );
  const translating = nodes.filter(({ view }) =>
    isNodePort ? view.node.name === question.dst.id : entries.has(view.node.name),
  );
  return translating.flatMap(({ view }) =>
    serviceProcessorOf(view, cluster).checkService({
      cluster,
      view,
      service,
      traffic: {
        address: question.dst.ip,
        port: question.port,
        protocol,
        source: sourceOf(question, view.node, resolved.src.pod, arrivalAt(view.node.name, walked)),
      },
    }),
  );
}

/** The source that the packet comes to the node with, where it comes from another node or from outside. */
function arrivalAt(nodeName: string, walked: Walked): IP | undefined {
  for (const { forward } of walked.branches) {
    const at = forward.hops.findIndex((hop) => hop.node === nodeName);
    const before = forward.hops[at - 1];
    if (before !== undefined && before.nodeType !== 'pod') return forward.hops[at]!.packet.src;
  }
  return undefined;
}

/** A pod or node that reaches another node's node port comes from outside of that node, often with its own node's address. */
function sourceOf(question: Question, node: NodeInfo, pod: Pod | undefined, arrival: IP | undefined): TrafficSource {
  const { src } = question;
  if (arrival !== undefined) return { kind: 'outside', ip: arrival };
  if (src.type === 'pod')
    return { kind: 'pod', ip: src.ip, ...(pod?.nodeName === undefined ? {} : { nodeName: pod.nodeName }) };
  if (src.type === 'node' && src.id === node.name) return { kind: 'node', ip: src.ip };
  return { kind: 'outside', ip: src.ip };
}

function unique(findings: readonly Suspicion[]): readonly Suspicion[] {
  return [
    ...new Map(
      findings.map((finding) => [`${finding.code} ${finding.node ?? ''} ${finding.message}`, finding]),
    ).values(),
  ];
}
