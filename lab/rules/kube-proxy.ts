/** What kube-proxy in iptables mode writes on one node for the services of a site: same chains, same rules, same order. */
import { formatHostPort, ip } from '../../src/model/index.ts';
import type { Site, SiteNode, SitePod, SiteService } from '../site.ts';
import { endpointChain, externalChain, firewallChain, localChain, serviceChain } from './chain-names.ts';
import type { Rules } from './ruleset.ts';

/** Accounting objects that the rules name; they have to exist before the rules are loaded. */
export const KUBE_PROXY_NFACCT = ['ct_state_invalid_dropped_pkts', 'localhost_nps_accepted_pkts'] as const;

/** Fixed frame in the filter table, before kubelet's and after. */
export function kubeProxyRules(site: Site, node: SiteNode): Rules[] {
  const services = site.services.map((service) => serviceRules(site, node, service));
  const collect = (pick: (rules: ServiceRules) => readonly string[]): string[] => services.flatMap(pick);
  const chains = collect((rules) => rules.chains);
  return [
    {
      table: 'mangle',
      chains: ['KUBE-IPTABLES-HINT', 'KUBE-KUBELET-CANARY', 'KUBE-PROXY-CANARY'],
      rules: [],
    },
    {
      table: 'filter',
      chains: [
        'KUBE-EXTERNAL-SERVICES',
        'KUBE-FORWARD',
        'KUBE-NODEPORTS',
        'KUBE-PROXY-CANARY',
        'KUBE-PROXY-FIREWALL',
        'KUBE-SERVICES',
      ],
      rules: [
        ...FILTER_JUMPS,
        ...collect((rules) => rules.externalFilter),
        '-A KUBE-FORWARD -m conntrack --ctstate INVALID -m nfacct --nfacct-name ct_state_invalid_dropped_pkts -j DROP',
        '-A KUBE-FORWARD -m comment --comment "kubernetes forwarding rules" -m mark --mark 0x4000/0x4000 -j ACCEPT',
        '-A KUBE-FORWARD -m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
        ...collect((rules) => rules.firewallFilter),
        ...collect((rules) => rules.clusterFilter),
      ],
    },
    {
      table: 'nat',
      chains: [
        'KUBE-KUBELET-CANARY',
        'KUBE-MARK-MASQ',
        'KUBE-NODEPORTS',
        'KUBE-POSTROUTING',
        'KUBE-PROXY-CANARY',
        'KUBE-SERVICES',
        ...chains,
      ],
      rules: [
        '-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
        '-A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
        '-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING',
        '-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000',
        '-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN',
        '-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0',
        '-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully',
        ...collect((rules) => rules.own),
        ...collect((rules) => rules.portals),
        `-A KUBE-SERVICES${site.family === 6 ? ' ! -d ::1/128' : ''} -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS`,
        ...collect((rules) => rules.nodePorts),
      ],
    },
  ];
}

const FILTER_JUMPS = [
  '-A INPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL',
  '-A INPUT -m comment --comment "kubernetes health check service ports" -j KUBE-NODEPORTS',
  '-A INPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes externally-visible service portals" -j KUBE-EXTERNAL-SERVICES',
  '-A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL',
  '-A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD',
  '-A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
  '-A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes externally-visible service portals" -j KUBE-EXTERNAL-SERVICES',
  '-A OUTPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL',
  '-A OUTPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
];

interface ServiceRules {
  readonly chains: readonly string[];
  /** nat, in the service's own chains. */
  readonly own: readonly string[];
  /** nat KUBE-SERVICES. */
  readonly portals: readonly string[];
  /** nat KUBE-NODEPORTS. */
  readonly nodePorts: readonly string[];
  /** filter KUBE-SERVICES, KUBE-EXTERNAL-SERVICES, KUBE-PROXY-FIREWALL. */
  readonly clusterFilter: readonly string[];
  readonly externalFilter: readonly string[];
  readonly firewallFilter: readonly string[];
}

/** Endpoints that kube-proxy sends to: the ready ones, or, where there is none, those that still serve while terminating. */
export function usableEndpoints(endpoints: readonly SitePod[]): readonly SitePod[] {
  const ready = endpoints.filter((pod) => pod.state === 'ready');
  return ready.length > 0 ? ready : endpoints.filter((pod) => pod.state === 'terminating');
}

function serviceRules(site: Site, node: SiteNode, service: SiteService): ServiceRules {
  const { row, portId, protocol } = service;
  const all = usableEndpoints(service.endpoints);
  const local = usableEndpoints(service.endpoints.filter((pod) => pod.node.name === node.name));
  const isInternalLocal = row.internalTrafficPolicy === 'Local';
  const isExternalLocal = row.externalTrafficPolicy === 'Local';
  const internalEndpoints = isInternalLocal ? local : all;
  const externalEndpoints = isExternalLocal ? local : all;
  const isExternallyVisible = row.nodePort !== undefined || row.isExternal === true || row.isLoadBalancer === true;
  const hasAny = all.length > 0;

  const svc = serviceChain(portId, protocol);
  const svl = localChain(portId, protocol);
  const ext = externalChain(portId, protocol);
  const firewall = firewallChain(portId, protocol);
  const internalChain = isInternalLocal ? svl : svc;
  const usesCluster = !isInternalLocal || isExternallyVisible;
  const usesLocal = isInternalLocal || (isExternalLocal && isExternallyVisible);

  const to = (address: string, comment: string): string =>
    `-d ${address}/${site.bits} -p ${protocol} -m comment --comment "${portId} ${comment}" -m ${protocol} --dport ${row.port}`;
  const missing = (has: boolean): string => {
    if (!hasAny) return `-j REJECT --reject-with ${site.pick('icmp-port-unreachable', 'icmp6-port-unreachable')}`;
    if (!has) return '-j DROP';
    return '';
  };
  const why = hasAny ? 'has no local endpoints' : 'has no endpoints';
  const own: string[] = [];
  const portals: string[] = [];
  const nodePorts: string[] = [];
  const clusterFilter: string[] = [];
  const externalFilter: string[] = [];
  const firewallFilter: string[] = [];

  if (internalEndpoints.length > 0)
    portals.push(`-A KUBE-SERVICES ${to(service.clusterIP, 'cluster IP')} -j ${internalChain}`);
  else clusterFilter.push(`-A KUBE-SERVICES ${to(service.clusterIP, why)} ${missing(false)}`);

  if (service.externalIP !== undefined) {
    if (hasAny) portals.push(`-A KUBE-SERVICES ${to(service.externalIP, 'external IP')} -j ${ext}`);
    if (externalEndpoints.length === 0)
      externalFilter.push(`-A KUBE-EXTERNAL-SERVICES ${to(service.externalIP, why)} ${missing(false)}`);
  }
  const ranges = row.sourceRanges?.(site) ?? [];
  if (service.loadBalancerIP !== undefined) {
    if (hasAny)
      portals.push(
        `-A KUBE-SERVICES ${to(service.loadBalancerIP, 'loadbalancer IP')} -j ${ranges.length > 0 ? firewall : ext}`,
      );
    if (externalEndpoints.length === 0)
      externalFilter.push(`-A KUBE-EXTERNAL-SERVICES ${to(service.loadBalancerIP, why)} ${missing(false)}`);
    if (hasAny && ranges.length > 0) {
      firewallFilter.push(
        `-A KUBE-PROXY-FIREWALL ${to(service.loadBalancerIP, `traffic not accepted by ${firewall}`)} -j DROP`,
      );
      // the node's own address in a range means that the node may reach the address, and then its packets carry it as source too
      for (const range of [...ranges, `${service.loadBalancerIP}/${site.bits}`]) {
        own.push(`-A ${firewall} -s ${range} -m comment --comment "${portId} loadbalancer IP" -j ${ext}`);
      }
      own.push(
        `-A ${firewall} -m comment --comment "other traffic to ${portId} will be dropped by KUBE-PROXY-FIREWALL"`,
      );
    }
  }
  if (row.nodePort !== undefined) {
    const match = `-p ${protocol} -m comment --comment "${portId}" -m ${protocol} --dport ${row.nodePort}`;
    if (hasAny) {
      if (site.family === 4)
        nodePorts.push(
          `-A KUBE-NODEPORTS -d 127.0.0.0/8 ${match} -m nfacct --nfacct-name localhost_nps_accepted_pkts -j ${ext}`,
        );
      nodePorts.push(`-A KUBE-NODEPORTS ${match} -j ${ext}`);
    }
    if (externalEndpoints.length === 0) {
      externalFilter.push(
        `-A KUBE-EXTERNAL-SERVICES -p ${protocol} -m comment --comment "${portId} ${why}" -m addrtype --dst-type LOCAL -m ${protocol} --dport ${row.nodePort} ${missing(false)}`,
      );
    }
  }
  if (!hasAny) return { chains: [], own: [], portals, nodePorts, clusterFilter, externalFilter, firewallFilter };

  if (isExternallyVisible) {
    const about = `${portId} external destinations`;
    if (isExternalLocal) {
      own.push(
        `-A ${ext} -s ${site.clusterCIDR} -m comment --comment "pod traffic for ${about}" -j ${svc}`,
        `-A ${ext} -m comment --comment "masquerade LOCAL traffic for ${about}" -m addrtype --src-type LOCAL -j KUBE-MARK-MASQ`,
        `-A ${ext} -m comment --comment "route LOCAL traffic for ${about}" -m addrtype --src-type LOCAL -j ${svc}`,
      );
      if (local.length > 0) own.push(`-A ${ext} -j ${svl}`);
    } else {
      own.push(
        `-A ${ext} -m comment --comment "masquerade traffic for ${about}" -j KUBE-MARK-MASQ`,
        `-A ${ext} -j ${svc}`,
      );
    }
  }
  const masquerade = site.scenario.masqueradeAll === true ? '' : `! -s ${site.clusterCIDR} `;
  if (internalEndpoints.length > 0)
    own.push(`-A ${internalChain} ${masquerade}${to(service.clusterIP, 'cluster IP')} -j KUBE-MARK-MASQ`);
  if (usesCluster) own.push(...balance(site, service, svc, all));
  if (usesLocal) own.push(...balance(site, service, svl, local));
  const served = [...new Set([...(usesCluster ? all : []), ...(usesLocal ? local : [])])];
  own.push(...served.flatMap((pod) => endpointRules(site, service, pod)));

  const chains = [
    ...(isExternallyVisible ? [ext] : []),
    ...(firewallFilter.length > 0 ? [firewall] : []),
    ...(usesCluster ? [svc] : []),
    ...(usesLocal ? [svl] : []),
    ...served.map((pod) => endpointChain(portId, protocol, endpointText(service, pod))),
  ];
  return { chains, own, portals, nodePorts, clusterFilter, externalFilter, firewallFilter };
}

const endpointText = (service: SiteService, pod: SitePod): string => formatHostPort(ip(pod.ip), service.row.targetPort);

function balance(site: Site, service: SiteService, chain: string, endpoints: readonly SitePod[]): string[] {
  const arrow = (pod: SitePod): string => `-m comment --comment "${service.portId} -> ${endpointText(service, pod)}"`;
  const target = (pod: SitePod): string => endpointChain(service.portId, service.protocol, endpointText(service, pod));
  const sticky =
    service.row.affinity !== true
      ? []
      : endpoints.map(
          (pod) =>
            `-A ${chain} ${arrow(pod)} -m recent --rcheck --seconds 10800 --reap --name ${target(pod)} --mask ${mask(site)} --rsource -j ${target(pod)}`,
        );
  return [
    ...sticky,
    ...endpoints.map((pod, index) => {
      const left = endpoints.length - index;
      const share = left > 1 ? ` -m statistic --mode random --probability ${(1 / left).toFixed(10)}` : '';
      return `-A ${chain} ${arrow(pod)}${share} -j ${target(pod)}`;
    }),
  ];
}

function endpointRules(site: Site, service: SiteService, pod: SitePod): string[] {
  const chain = endpointChain(service.portId, service.protocol, endpointText(service, pod));
  const recent = service.row.affinity === true ? ` -m recent --set --name ${chain} --mask ${mask(site)} --rsource` : '';
  return [
    `-A ${chain} -s ${pod.host} -m comment --comment "${service.portId}" -j KUBE-MARK-MASQ`,
    `-A ${chain} -p ${service.protocol} -m comment --comment "${service.portId}"${recent} -m ${service.protocol} -j DNAT --to-destination ${endpointText(service, pod)}`,
  ];
}

const mask = (site: Site): string => site.pick('255.255.255.255', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff');
