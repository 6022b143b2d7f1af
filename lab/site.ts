/** A case with every name, address and device decided, before anything is built. */
import { createHash } from 'node:crypto';
import { ip as address, type Family } from '../src/model/index.ts';
import { DEFAULT_PODS, DEFAULT_SERVICES } from './default-cluster.ts';
import type { Backend, Case, ListenRow, PodRow, Scenario, ServiceRow } from './scenario.ts';

export interface SiteNode {
  readonly kind: 'node';
  /** Also the name of its namespace. */
  readonly name: string;
  readonly index: number;
  readonly ip: string;
  readonly podCIDR: string;
  /** The bridge's address, first of the pod CIDR. */
  readonly gateway: string;
  readonly bridgeMac: string;
  /** Zeroth of the pod CIDR: what flannel gives its vxlan device. */
  readonly vtepIP: string;
  readonly vtepMac: string;
  readonly mac: string;
}

export interface SitePod {
  readonly kind: 'pod';
  readonly name: string;
  /** `shop/NAME`, also the name of its namespace. */
  readonly id: string;
  readonly uid: string;
  readonly containerId: string;
  readonly app: string;
  readonly node: SiteNode;
  readonly ip: string;
  /** The address with /32 or /128. */
  readonly host: string;
  /** Device on the node. */
  readonly veth: string;
  readonly mac: string;
  readonly listen: readonly ListenRow[];
  readonly hostPort?: { readonly host: number; readonly container: number };
  readonly state: 'ready' | 'not-ready' | 'terminating';
}

export interface SiteService {
  readonly row: ServiceRow;
  readonly name: string;
  /** `shop/NAME:PORTNAME`, as kube-proxy writes it into comments. */
  readonly portId: string;
  readonly portName: string;
  readonly clusterIP: string;
  readonly externalIP?: string;
  readonly loadBalancerIP?: string;
  readonly protocol: 'tcp' | 'udp';
  /** In the order of the EndpointSlice. */
  readonly endpoints: readonly SitePod[];
}

/** A shell line in a namespace: a fault, or a preparation of one. */
export interface Change {
  readonly in: SiteNode | SitePod | 'outside' | 'lan';
  readonly sh: string;
  /** The kernel may refuse it: then the case goes on with what stands. Without it, a refusal ends the case. */
  readonly mayBeRefused?: boolean;
}

export interface Site {
  readonly case: Case;
  readonly scenario: Scenario;
  readonly family: Family;
  readonly backend: Backend;
  readonly nodes: readonly SiteNode[];
  readonly pods: readonly SitePod[];
  readonly services: readonly SiteService[];
  readonly clusterCIDR: string;
  readonly serviceCIDR: string;
  readonly outside: { readonly ip: string; readonly second: string };
  readonly mtu: number;
  /** `ip -4`, `ip -6`. */
  readonly ip: string;
  /** `iptables-nft`, `ip6tables-legacy`, … */
  readonly iptables: string;
  readonly vtep: string;
  readonly bits: 32 | 128;
  /** `ipv4` or `ipv6`, the folder under /proc/sys/net. */
  readonly sysctl: 'ipv4' | 'ipv6';
  /** Picks the word of the case's family. */
  readonly pick: (v4: string, v6: string) => string;
  readonly node: (name: string) => SiteNode;
  readonly pod: (name: string) => SitePod;
  readonly service: (name: string) => SiteService;
}

export function makeSite(labCase: Case): Site {
  const { scenario, family } = labCase;
  const v4 = family === 4;
  const pick = (four: string, six: string): string => (v4 ? four : six);
  const nodes = (scenario.nodes ?? ['node-a', 'node-b']).map((name, index) => makeNode(name, index, v4));
  const node = (name: string): SiteNode => found(nodes, name);
  const places = new Map<string, number>();
  const pods = (scenario.pods ?? DEFAULT_PODS).map((row) => {
    const place = places.get(row.node) ?? 2;
    places.set(row.node, place + 1);
    return makePod(row, node(row.node), place, v4);
  });
  const services = (scenario.services ?? DEFAULT_SERVICES).map((row, index) => makeService(row, index, pods, v4));
  return {
    case: labCase,
    scenario,
    family,
    backend: labCase.backend,
    nodes,
    pods,
    services,
    clusterCIDR: pick('10.77.0.0/16', 'fd77::/48'),
    serviceCIDR: pick('10.96.0.0/16', 'fd96::/112'),
    outside: { ip: pick('192.168.77.1', 'fd00:77::1'), second: pick('192.168.77.33', 'fd00:77::33') },
    mtu: scenario.wiring === 'vxlan' ? (v4 ? 1450 : 1430) : 1500,
    ip: `ip -${family}`,
    iptables: `${pick('iptables', 'ip6tables')}-${labCase.backend === 'legacy' ? 'legacy' : 'nft'}`,
    vtep: pick('flannel.1', 'flannel-v6.1'),
    bits: v4 ? 32 : 128,
    sysctl: v4 ? 'ipv4' : 'ipv6',
    pick,
    node,
    pod: (name) => found(pods, name),
    service: (name) => found(services, name),
  };
}

/** Name of the namespace that a change is made in. */
export function namespaceOf(place: Change['in']): string {
  if (typeof place === 'string') return place;
  return place.kind === 'pod' ? place.id : place.name;
}

function makeNode(name: string, index: number, v4: boolean): SiteNode {
  const net = v4 ? `10.77.${index}.` : `fd77:0:0:${index.toString(16)}::`;
  return {
    kind: 'node',
    name,
    index,
    ip: canonical(v4 ? `192.168.77.${11 + index}` : `fd00:77::${11 + index}`),
    podCIDR: v4 ? `${net}0/24` : `${canonical(net)}/64`,
    gateway: canonical(`${net}1`),
    bridgeMac: `0e:00:00:00:01:${hex(index + 1)}`,
    vtepIP: canonical(v4 ? `${net}0` : net),
    vtepMac: `0e:00:00:00:0${v4 ? 4 : 6}:${hex(index + 1)}`,
    mac: `02:00:00:00:00:${hex(index + 0x11)}`,
  };
}

function makePod(row: PodRow, node: SiteNode, place: number, v4: boolean): SitePod {
  const ip = canonical(v4 ? `10.77.${node.index}.${place}` : `fd77:0:0:${node.index.toString(16)}::${place}`);
  const digest = createHash('sha256').update(`pod ${row.name}`).digest('hex');
  return {
    kind: 'pod',
    name: row.name,
    id: `shop/${row.name}`,
    app: row.app,
    node,
    ip,
    uid: `${digest.slice(0, 8)}-${digest.slice(8, 12)}-4${digest.slice(13, 16)}-8${digest.slice(17, 20)}-${digest.slice(20, 32)}`,
    containerId: digest,
    host: `${ip}/${v4 ? 32 : 128}`,
    veth: `veth${digest.slice(0, 8)}`,
    mac: `0a:58:0a:4d:${hex(node.index)}:${hex(place)}`,
    listen: row.listen,
    state: row.state ?? 'ready',
    ...(row.hostPort ? { hostPort: row.hostPort } : {}),
  };
}

function makeService(row: ServiceRow, index: number, pods: readonly SitePod[], v4: boolean): SiteService {
  const portName = row.portName ?? (row.protocol === 'udp' ? 'dns' : 'http');
  return {
    row,
    name: row.name,
    portName,
    portId: `shop/${row.name}:${portName}`,
    clusterIP: canonical(v4 ? `10.96.0.${10 + index}` : `fd96::${10 + index}`),
    protocol: row.protocol ?? 'tcp',
    endpoints: pods.filter((pod) => pod.app === row.app),
    ...(row.isExternal === true
      ? { externalIP: canonical(v4 ? `203.0.113.${80 + index}` : `fd00:113::${80 + index}`) }
      : {}),
    ...(row.isLoadBalancer === true
      ? { loadBalancerIP: canonical(v4 ? `203.0.113.${100 + index}` : `fd00:113::1${index}`) }
      : {}),
  };
}

function found<T extends { readonly name: string }>(all: readonly T[], name: string): T {
  const one = all.find((item) => item.name === name);
  if (one === undefined) throw new Error(`the scenario has no ${name}`);
  return one;
}

const canonical = (text: string): string => address(text).text;
const hex = (value: number): string => value.toString(16).padStart(2, '0');
