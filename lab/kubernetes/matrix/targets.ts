/** What is asked for: pods, every address of every kind of service, nodes and the outside host, ports open and closed. */
import { OUTSIDE } from '../addresses.ts';
import type { Node, Objects, Pod, Service } from './objects.ts';
import type { Source } from './questions.ts';

export interface Target {
  readonly to: string;
  readonly port: number;
  readonly protocol: 'tcp' | 'udp' | 'icmp';
  /** More than once where the kernel chooses. */
  readonly times?: number;
  /** All where it is not given. */
  readonly from?: readonly Source['kind'][];
  /** Node by which the outside host reaches it, where its address does not tell. */
  readonly entry?: string;
  /** False where another program listens than the echo server: then the connection alone is asked for. */
  readonly isEcho?: boolean;
}

const CLOSED = 81;
const KUBELET = 10250;
const REPEATS = 6;
const INSIDE = ['pod', 'node'] as const;

const protocolOf = ({ protocol }: { readonly protocol?: 'TCP' | 'UDP' }): 'tcp' | 'udp' =>
  protocol === 'UDP' ? 'udp' : 'tcp';
const isIPv6 = (address: string): boolean => address.includes(':');

export function podTargets({ pods }: Objects): readonly Target[] {
  return pods
    .filter(({ spec }) => spec.hostNetwork !== true)
    .flatMap((pod) => (pod.status.podIPs ?? []).flatMap(({ ip }) => [...served(pod, ip), ...closed(ip)]));
}

const served = ({ spec }: Pod, to: string): readonly Target[] =>
  spec.containers.flatMap(({ ports = [] }) =>
    ports.map((port) => ({ to, port: port.containerPort, protocol: protocolOf(port) })),
  );

const closed = (to: string): readonly Target[] => [
  { to, port: CLOSED, protocol: 'tcp' },
  { to, port: CLOSED, protocol: 'udp' },
  { to, port: 0, protocol: 'icmp' },
];

export function serviceTargets(objects: Objects): readonly Target[] {
  const first = objects.nodes[0]!.metadata.name;
  const last = objects.nodes.at(-1)!.metadata.name;
  return objects.services.flatMap((service): readonly Target[] => {
    const own = (service.spec.clusterIPs ?? []).filter((ip) => ip !== 'None');
    const others = [
      ...(service.spec.externalIPs ?? []),
      ...(service.status.loadBalancer?.ingress ?? []).map(({ ip }) => ip),
    ];
    const times = choices(objects, service) > 1 ? REPEATS : 1;
    // the API server speaks TLS
    const isEcho = service.metadata.namespace === 'shop';
    return [
      ...own.flatMap((to) => closed(to).map((target) => ({ ...target, entry: first }))),
      ...others.flatMap((to) => closed(to).map((target) => ({ ...target, entry: last }))),
      ...service.spec.ports.flatMap((port) => {
        const at = { port: port.port, protocol: protocolOf(port), times, isEcho };
        return [
          ...own.map((to) => ({ ...at, to, entry: first })),
          ...others.map((to) => ({ ...at, to, entry: last })),
          ...(port.nodePort === undefined ? [] : nodePort(objects, service, { ...at, port: port.nodePort })),
        ];
      }),
    ];
  });
}

function choices({ slices }: Objects, { metadata }: Service): number {
  const addresses = slices
    .filter(
      (slice) =>
        slice.metadata.namespace === metadata.namespace &&
        slice.metadata.labels?.['kubernetes.io/service-name'] === metadata.name,
    )
    .flatMap(({ endpoints }) => endpoints ?? [])
    .flatMap((endpoint) => endpoint.addresses);
  return Math.max(addresses.filter(isIPv6).length, addresses.filter((address) => !isIPv6(address)).length);
}

function nodePort({ nodes }: Objects, { spec }: Service, at: Omit<Target, 'to'>): readonly Target[] {
  const hasFamily = (to: string): boolean => spec.ipFamilies?.includes(isIPv6(to) ? 'IPv6' : 'IPv4') ?? true;
  return [
    ...nodes.flatMap(addressesOf).map((to) => ({ ...at, to })),
    ...['127.0.0.1', '::1'].map((to) => ({ ...at, to, from: ['node' as const] })),
  ].filter(({ to }) => hasFamily(to));
}

export const addressesOf = ({ status }: Node): readonly string[] =>
  status.addresses.filter(({ type }) => type === 'InternalIP').map(({ address }) => address);

/** The pods in a node's network are asked for here too. */
export function nodeTargets({ nodes, pods }: Objects): readonly Target[] {
  return nodes.flatMap((node) => {
    const here = pods.filter(({ spec }) => spec.nodeName === node.metadata.name);
    const shared = here.filter(({ spec }) => spec.hostNetwork === true);
    const hostPorts = pods
      .flatMap(({ spec }) => (spec.hostNetwork === true ? [] : spec.containers))
      .flatMap(({ ports = [] }) => ports)
      .flatMap((port) => (port.hostPort === undefined ? [] : [{ port: port.hostPort, protocol: protocolOf(port) }]));
    return [
      ...addressesOf(node).flatMap((to): readonly Target[] => [
        { to, port: KUBELET, protocol: 'tcp', isEcho: false },
        ...closed(to),
        ...shared.flatMap((pod) => served(pod, to)),
        ...hostPorts.map((at) => ({ ...at, to })),
      ]),
      ...hostPorts.flatMap((at) => ['127.0.0.1', '::1'].map((to) => ({ ...at, to, from: ['node' as const] }))),
    ];
  });
}

const ECHO = 7777;

export function outsideTargets(): readonly Target[] {
  return [OUTSIDE, OUTSIDE.far]
    .flatMap(({ ipv4, ipv6 }) => [ipv4, ipv6])
    .flatMap((to): readonly Target[] => [
      { to, port: ECHO, protocol: 'tcp', from: INSIDE },
      { to, port: 0, protocol: 'icmp', from: INSIDE },
    ]);
}
