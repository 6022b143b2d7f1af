/** The cluster's objects, read once and found by name and by address. */
import type { IP } from '../model/address.ts';
import { readConfigMap } from './config-map.ts';
import type { ConfigMap } from './config-map.ts';
import { readEndpointSlice } from './endpoint-slice.ts';
import type { EndpointSlice } from './endpoint-slice.ts';
import { Index } from './key-index.ts';
import { readNetworkPolicy } from './network-policy.ts';
import type { NetworkPolicy } from './network-policy.ts';
import { readNode } from './node.ts';
import type { NodeInfo } from './node.ts';
import { idOf, readMeta } from './object-meta.ts';
import type { ObjectMeta } from './object-meta.ts';
import { podsOfWorkload } from './owners.ts';
import { readPod } from './pod.ts';
import type { Pod } from './pod.ts';
import { readService } from './service.ts';
import type { Service, ServicePort } from './service.ts';
import type { Transport } from './transport.ts';
import { readWorkload, WORKLOAD_KINDS } from './workload.ts';
import type { Workload, WorkloadKind } from './workload.ts';

/** Objects by kind, as `kubectl get … -o json` gives the items. */
export type KubeObjects = Readonly<Record<string, readonly unknown[]>>;

/** What an address belongs to. */
export type AddressOwner =
  | { readonly kind: 'pod'; readonly pod: Pod }
  | { readonly kind: 'node'; readonly node: NodeInfo }
  | { readonly kind: 'service'; readonly service: Service };

export interface ServiceAndPort {
  readonly service: Service;
  readonly port: ServicePort;
}

/** Reads each kind at its first use: a question about two pods does not pay for ten thousand ConfigMaps. */
export class IPCache {
  readonly #objects: KubeObjects;
  readonly #kept = new Map<string, unknown>();

  constructor(objects: KubeObjects) {
    this.#objects = objects;
  }

  get nodes(): readonly NodeInfo[] {
    return this.#read('Node', readNode);
  }
  get pods(): readonly Pod[] {
    return this.#read('Pod', readPod);
  }
  get services(): readonly Service[] {
    return this.#read('Service', readService);
  }
  get endpointSlices(): readonly EndpointSlice[] {
    return this.#read('EndpointSlice', readEndpointSlice);
  }
  get configMaps(): readonly ConfigMap[] {
    return this.#read('ConfigMap', readConfigMap);
  }
  get namespaces(): readonly ObjectMeta[] {
    return this.#read('Namespace', readMeta);
  }
  get networkPolicies(): readonly NetworkPolicy[] {
    return this.#read('NetworkPolicy', readNetworkPolicy);
  }
  workloads(kind: WorkloadKind): readonly Workload[] {
    return this.#read(kind, (object) => readWorkload(kind, object));
  }
  get allWorkloads(): readonly Workload[] {
    return WORKLOAD_KINDS.flatMap((kind) => this.workloads(kind));
  }
  /** Objects of a kind that has no type here, as they came. */
  objects(kind: string): readonly unknown[] {
    return Object.hasOwn(this.#objects, kind) ? (this.#objects[kind] ?? []) : [];
  }

  node(name: string): NodeInfo | undefined {
    return this.#index('node', () => new Index(this.nodes, (node) => [node.name])).first(name);
  }
  pod(namespace: string, name: string): Pod | undefined {
    return this.#index('pod', () => new Index(this.pods, (pod) => [idOf(pod)])).first(`${namespace}/${name}`);
  }
  service(namespace: string, name: string): Service | undefined {
    return this.#index('service', () => new Index(this.services, (service) => [idOf(service)])).first(
      `${namespace}/${name}`,
    );
  }

  /** Live pods with a network of their own that have the address: more than one is a fault. */
  podsAt(ip: IP): readonly Pod[] {
    return this.#index(
      'podAt',
      () => new Index(this.pods.filter(hasOwnNetwork), (pod) => pod.ips.map((one) => one.text)),
    ).all(ip.text);
  }
  /** Nodes with this internal or external address. */
  nodesAt(ip: IP): readonly NodeInfo[] {
    const texts = (node: NodeInfo): readonly string[] =>
      [...node.addresses, ...node.externalIPs].map((one) => one.text);
    return this.#index('nodeAt', () => new Index(this.nodes, texts)).all(ip.text);
  }
  /** Services with this cluster, external or load balancer address. */
  servicesAt(ip: IP): readonly Service[] {
    const texts = (service: Service): readonly string[] =>
      [...service.clusterIPs, ...service.externalIPs, ...service.ingress.map((one) => one.ip)].map((one) => one.text);
    return this.#index('serviceAt', () => new Index(this.services, texts)).all(ip.text);
  }
  servicesOfNodePort(port: number, protocol: Transport): readonly ServiceAndPort[] {
    return this.#index(
      'nodePort',
      () => new Index(nodePorts(this.services), (one) => [`${one.port.nodePort}/${one.port.protocol}`]),
    ).all(`${port}/${protocol}`);
  }

  /** Pods before nodes before services: a pod's address is the most exact thing that is known about it. */
  ownerOf(ip: IP): AddressOwner | undefined {
    const pod = this.podsAt(ip)[0];
    if (pod !== undefined) return { kind: 'pod', pod };
    const node = this.nodesAt(ip)[0];
    if (node !== undefined) return { kind: 'node', node };
    const service = this.servicesAt(ip)[0];
    return service === undefined ? undefined : { kind: 'service', service };
  }

  slicesOf(service: Service): readonly EndpointSlice[] {
    const key = (slice: EndpointSlice): readonly string[] =>
      slice.service === undefined ? [] : [`${slice.namespace}/${slice.service}`];
    return this.#index('slices', () => new Index(this.endpointSlices, key)).all(idOf(service));
  }
  podsOn(nodeName: string): readonly Pod[] {
    return this.#index(
      'podsOn',
      () => new Index(this.pods, (pod) => (pod.nodeName === undefined ? [] : [pod.nodeName])),
    ).all(nodeName);
  }
  podsOf(workload: { readonly kind: WorkloadKind; readonly namespace: string; readonly name: string }): readonly Pod[] {
    return podsOfWorkload(this.pods, this.workloads('ReplicaSet'), workload);
  }

  #read<T>(kind: string, read: (object: unknown) => T | undefined): readonly T[] {
    return this.#keep(`kind ${kind}`, () =>
      this.objects(kind)
        .map(read)
        .filter((one) => one !== undefined),
    );
  }
  #index<T>(name: string, make: () => Index<T>): Index<T> {
    return this.#keep(`index ${name}`, make);
  }
  #keep<T>(key: string, make: () => T): T {
    if (!this.#kept.has(key)) this.#kept.set(key, make());
    return this.#kept.get(key) as T;
  }
}

function hasOwnNetwork(pod: Pod): boolean {
  return !pod.hostNetwork && !pod.isFinished;
}

function nodePorts(services: readonly Service[]): readonly ServiceAndPort[] {
  return services.flatMap((service) =>
    service.ports.filter((port) => port.nodePort !== undefined).map((port) => ({ service, port })),
  );
}
