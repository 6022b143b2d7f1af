/** What kube-proxy in IPVS mode leaves on one node for the services of a site: same sets, chains, rules and virtual services. */
import { formatHostPort, ip } from '../../src/model/index.ts';
import type { Site, SiteNode, SitePod, SiteService } from '../site.ts';
import { usableEndpoints } from './kube-proxy.ts';
import { ipvsChains } from './kube-proxy-ipvs-chains.ts';
import type { Rules } from './ruleset.ts';

export const IPVS_DEVICE = 'kube-ipvs0';

/** kube-proxy's own switches: answers of masqueraded connections need `conntrack`. */
const SWITCHES = ['conntrack', 'expire_nodest_conn', 'expire_quiescent_template'] as const;

/** Sets by their IPv4 names, each with its type and what is in it. */
export type IpvsSets = Readonly<Record<string, readonly string[]>>;

export interface IpvsRules {
  readonly ipset: string;
  readonly rules: readonly Rules[];
  /** For `ipvsadm -R`. */
  readonly services: string;
  /** For `ip -batch`. */
  readonly device: readonly string[];
  readonly switches: string;
}

export function kubeProxyIpvs(site: Site, node: SiteNode): IpvsRules {
  const parts = site.services.map((service) => servicePart(site, node, service));
  const sets: IpvsSets = Object.fromEntries(
    Object.keys(TYPES).map((name) => [name, [...new Set(parts.flatMap((part) => part.sets[name] ?? []))]]),
  );
  const bound = [...new Set(parts.flatMap((part) => part.bound))];
  const filled: IpvsSets = { ...sets, 'KUBE-IPVS-IPS': bound };
  const family = site.pick('inet', 'inet6');
  return {
    ipset: Object.entries(TYPES)
      .flatMap(([name, type]) => [
        `create ${setName(site, name)} ${type === 'bitmap:port' ? `${type} range 0-65535` : `${type} family ${family}`}`,
        ...filled[name]!.map((entry) => `add ${setName(site, name)} ${entry}`),
      ])
      .concat('')
      .join('\n'),
    rules: ipvsChains(
      site,
      filled,
      parts.flatMap((part) => part.closedToNodes),
    ),
    services: parts
      .flatMap((part) => part.services)
      .concat('')
      .join('\n'),
    // kube-proxy never sets the device up
    device: [
      `link add ${IPVS_DEVICE} type dummy`,
      ...bound.map((address) => `addr add ${address}/${site.bits} dev ${IPVS_DEVICE}`),
    ],
    switches: SWITCHES.map((name) => `echo 1 > /proc/sys/net/ipv4/vs/${name}`).join('; '),
  };
}

export const setName = (site: Site, name: string): string =>
  site.family === 4 ? name : name.replace('KUBE-', 'KUBE-6-').slice(0, 31);

const TYPES: Readonly<
  Record<string, 'hash:ip' | 'hash:ip,port' | 'hash:ip,port,ip' | 'hash:ip,port,net' | 'bitmap:port'>
> = {
  'KUBE-LOOP-BACK': 'hash:ip,port,ip',
  'KUBE-CLUSTER-IP': 'hash:ip,port',
  'KUBE-EXTERNAL-IP': 'hash:ip,port',
  'KUBE-EXTERNAL-IP-LOCAL': 'hash:ip,port',
  'KUBE-LOAD-BALANCER': 'hash:ip,port',
  'KUBE-LOAD-BALANCER-FW': 'hash:ip,port',
  'KUBE-LOAD-BALANCER-LOCAL': 'hash:ip,port',
  'KUBE-LOAD-BALANCER-SOURCE-IP': 'hash:ip,port,ip',
  'KUBE-LOAD-BALANCER-SOURCE-CIDR': 'hash:ip,port,net',
  'KUBE-NODE-PORT-TCP': 'bitmap:port',
  'KUBE-NODE-PORT-LOCAL-TCP': 'bitmap:port',
  'KUBE-NODE-PORT-UDP': 'bitmap:port',
  'KUBE-NODE-PORT-LOCAL-UDP': 'bitmap:port',
  'KUBE-HEALTH-CHECK-NODE-PORT': 'bitmap:port',
  'KUBE-IPVS-IPS': 'hash:ip',
};

interface ServicePart {
  readonly sets: IpvsSets;
  readonly services: readonly string[];
  /** Addresses that go on the device. */
  readonly bound: readonly string[];
  /** Load balancer addresses that the node itself may not use. */
  readonly closedToNodes: readonly { readonly address: string; readonly protocol: string; readonly port: number }[];
}

function servicePart(site: Site, node: SiteNode, service: SiteService): ServicePart {
  const { row, protocol, clusterIP, externalIP, loadBalancerIP } = service;
  const isInternalLocal = row.internalTrafficPolicy === 'Local';
  const isExternalLocal = row.externalTrafficPolicy === 'Local';
  const entry = (address: string): string => `${address},${protocol}:${row.port}`;
  const ranges = loadBalancerIP === undefined ? [] : (row.sourceRanges?.(site) ?? []);
  const isNodeAllowed = ranges.some((range) => contains(range, node.ip));
  const nodePorts = row.nodePort === undefined ? [] : [String(row.nodePort)];
  const upper = protocol.toUpperCase();
  const inner = endpointsFor(node, service, isInternalLocal);
  const outer = endpointsFor(node, service, isExternalLocal);
  const outside = [externalIP, loadBalancerIP].filter((address) => address !== undefined);
  return {
    sets: {
      'KUBE-LOOP-BACK': service.endpoints
        .filter((pod) => pod.node === node)
        .map((pod) => `${pod.ip},${protocol}:${row.targetPort},${pod.ip}`),
      'KUBE-CLUSTER-IP': [entry(clusterIP)],
      [isExternalLocal ? 'KUBE-EXTERNAL-IP-LOCAL' : 'KUBE-EXTERNAL-IP']:
        externalIP === undefined ? [] : [entry(externalIP)],
      'KUBE-LOAD-BALANCER': loadBalancerIP === undefined ? [] : [entry(loadBalancerIP)],
      'KUBE-LOAD-BALANCER-LOCAL': loadBalancerIP === undefined || !isExternalLocal ? [] : [entry(loadBalancerIP)],
      'KUBE-LOAD-BALANCER-FW': ranges.length === 0 ? [] : [entry(loadBalancerIP!)],
      'KUBE-LOAD-BALANCER-SOURCE-CIDR': ranges.map((range) => `${entry(loadBalancerIP!)},${range}`),
      'KUBE-LOAD-BALANCER-SOURCE-IP': isNodeAllowed ? [`${entry(loadBalancerIP!)},${loadBalancerIP}`] : [],
      [`KUBE-NODE-PORT-${upper}`]: nodePorts,
      [`KUBE-NODE-PORT-LOCAL-${upper}`]: isExternalLocal ? nodePorts : [],
    },
    services: [
      ...virtual(service, clusterIP, row.port, inner),
      ...outside.flatMap((address) => virtual(service, address, row.port, outer)),
      ...(row.nodePort === undefined
        ? []
        : nodeAddresses(site, node).flatMap((address) => virtual(service, address, row.nodePort!, outer))),
    ],
    bound: [clusterIP, ...outside],
    closedToNodes: ranges.length > 0 && !isNodeAllowed ? [{ address: loadBalancerIP!, protocol, port: row.port }] : [],
  };
}

/** Local ones for policy Local; where the node has none, those of the cluster all the same (syncEndpoint). */
function endpointsFor(node: SiteNode, service: SiteService, isLocal: boolean): readonly SitePod[] {
  const { row, endpoints } = service;
  const isVisible = row.nodePort !== undefined || row.isExternal === true || row.isLoadBalancer === true;
  const all = row.internalTrafficPolicy === 'Local' && !isVisible ? [] : usableEndpoints(endpoints);
  const local = usableEndpoints(endpoints.filter((pod) => pod.node === node));
  return isLocal && local.length > 0 ? local : all;
}

function virtual(service: SiteService, address: string, port: number, pods: readonly SitePod[]): string[] {
  const { row, protocol } = service;
  const at = `-${protocol[0]} ${formatHostPort(ip(address), port)}`;
  return [
    `-A ${at} -s rr${row.affinity === true ? ' -p 10800' : ''}`,
    ...pods.map((pod) => `-a ${at} -r ${formatHostPort(ip(pod.ip), row.targetPort)} -m -w 1`),
  ];
}

/** Every address of the node that is neither loopback nor link-local. */
function nodeAddresses(site: Site, node: SiteNode): readonly string[] {
  const { wiring } = site.scenario;
  return [node.ip, ...(wiring === 'routed' ? [] : [node.gateway]), ...(wiring === 'vxlan' ? [node.vtepIP] : [])];
}

function contains(range: string, address: string): boolean {
  const [net = '', length = ''] = range.split('/');
  const [x, y] = [ip(net), ip(address)];
  const isSame = (a: number, b: number, bits: number): boolean => bits <= 0 || (a ^ b) >>> Math.max(0, 32 - bits) === 0;
  const bits = Number(length);
  return (
    isSame(x.a, y.a, bits) && isSame(x.b, y.b, bits - 32) && isSame(x.c, y.c, bits - 64) && isSame(x.d, y.d, bits - 96)
  );
}
