/** What flannel wrote about a node: the annotations that the other nodes' routes, FDB and neighbour entries are made from. */
import { parseIP } from '../../model/address.ts';
import type { Family, IP, Prefix } from '../../model/address.ts';
import type { NodeInfo } from '../../k8s/index.ts';

export interface Vtep {
  readonly vni?: number;
  /** Lower case. */
  readonly mac: string;
}

/** A node's lease in one family. */
export interface Lease {
  readonly backend?: string;
  readonly publicIP?: IP;
  /** Its address was set by hand: no interface of the node needs to have it. */
  readonly isOverwritten: boolean;
  readonly vtep?: Vtep;
  /** The node's pod network. Its first address is the VTEP's. */
  readonly subnet?: Prefix;
}

export function readLease(node: NodeInfo, annotations: string, family: Family): Lease {
  const get = (key: string): string | undefined => annotationOf(node, annotations, key);
  const backend = get('backend-type');
  const publicIP = parseIP(get(family === 4 ? 'public-ip' : 'public-ipv6') ?? '');
  const vtep = readVtep(get(family === 4 ? 'backend-data' : 'backend-v6-data'));
  const subnet = node.podCIDRs.find((cidr) => cidr.ip.family === family);
  return {
    ...(backend === undefined ? {} : { backend }),
    ...(publicIP === undefined ? {} : { publicIP }),
    isOverwritten: get(family === 4 ? 'public-ip-overwrite' : 'public-ipv6-overwrite') !== undefined,
    ...(vtep === undefined ? {} : { vtep }),
    ...(subnet === undefined ? {} : { subnet }),
  };
}

export function hasLease(node: NodeInfo, annotations: string): boolean {
  return annotationOf(node, annotations, 'backend-type') !== undefined;
}

/** A prefix may end in a slash or hold one: then the key follows a dash (pkg/subnet/kube/annotations.go). */
export function annotationOf(node: NodeInfo, prefix: string, key: string): string | undefined {
  const separator = prefix.endsWith('/') || prefix.endsWith('-') ? '' : prefix.includes('/') ? '-' : '/';
  return node.annotations.get(`${prefix}${separator}${key}`);
}

/** `{"VNI":1,"VtepMAC":"3a:b6:0a:4d:6c:46"}`; older versions have no VNI, host-gw has `null`. */
function readVtep(data: string | undefined): Vtep | undefined {
  const mac = /"VtepMAC" *: *"([0-9a-fA-F:]{17})"/.exec(data ?? '')?.[1];
  if (mac === undefined) return undefined;
  const vni = /"VNI" *: *(\d+)/.exec(data ?? '')?.[1];
  return { mac: mac.toLowerCase(), ...(vni === undefined ? {} : { vni: Number(vni) }) };
}
