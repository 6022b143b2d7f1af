/** What kube-proxy in nftables mode loads on one node for the services of a site: same sets, maps, chains and rules. */
import type { Site, SiteNode, SitePod, SiteService } from '../site.ts';
import { hash } from './chain-names.ts';
import { usableEndpoints } from './kube-proxy.ts';

const MARK = '0x00004000';

/** A table of the site's family, as text for `nft -f`. */
export function kubeProxyNftables(site: Site, node: SiteNode): string {
  const parts = site.services.map((service) => servicePart(site, node, service));
  const all = (pick: (part: ServicePart) => readonly string[]): string[] => [...new Set(parts.flatMap(pick))];
  const family = site.pick('ip', 'ip6');
  const address = site.pick('ipv4_addr', 'ipv6_addr');
  const toService = `${family} daddr . meta l4proto . th dport`;
  const isFromPod = `${family} saddr != ${site.clusterCIDR}`;
  const masqueraded = site.scenario.masqueradeAll === true ? '' : `${isFromPod} `;
  const lines = [
    `table ${family} kube-proxy {`,
    set(
      'hairpin-connections',
      `${address} . ${address} . inet_proto . inet_service`,
      all((part) => part.hairpins),
    ),
    set(
      'cluster-ips',
      address,
      all((part) => [part.clusterIP]),
    ),
    set('nodeport-ips', address, [node.ip]),
    map(
      'no-endpoint-services',
      `${address} . inet_proto . inet_service`,
      all((part) => part.withoutEndpoints),
    ),
    map(
      'no-endpoint-nodeports',
      'inet_proto . inet_service',
      all((part) => part.nodePortsWithoutEndpoints),
    ),
    map(
      'firewall-ips',
      `${address} . inet_proto . inet_service`,
      all((part) => part.firewalls),
    ),
    map(
      'service-ips',
      `${address} . inet_proto . inet_service`,
      all((part) => part.fronts),
    ),
    map(
      'service-nodeports',
      'inet_proto . inet_service',
      all((part) => part.nodePorts),
    ),
    ...all((part) => part.affinitySets.map((name) => affinitySet(name, address))),
    base('filter-prerouting-pre-dnat', 'filter', 'prerouting', -110, ['ct state new jump firewall-check']),
    base('filter-output-pre-dnat', 'filter', 'output', -110, ['ct state new jump firewall-check']),
    base('filter-input', 'filter', 'input', 0, [
      'ct state new jump nodeport-endpoints-check',
      'ct state new jump service-endpoints-check',
    ]),
    ...['forward', 'output'].map((hook) =>
      base(`filter-${hook}`, 'filter', hook, 0, [
        'ct state new jump service-endpoints-check',
        'ct state new jump cluster-ips-check',
      ]),
    ),
    base('nat-prerouting', 'nat', 'prerouting', -100, ['jump services']),
    base('nat-output', 'nat', 'output', -100, ['jump services']),
    base('nat-postrouting', 'nat', 'postrouting', 100, ['jump masquerading']),
    chain('nodeport-endpoints-check', [
      `${family} daddr @nodeport-ips meta l4proto . th dport vmap @no-endpoint-nodeports`,
    ]),
    chain('service-endpoints-check', [`${toService} vmap @no-endpoint-services`]),
    chain('firewall-check', [`${toService} vmap @firewall-ips`]),
    chain('services', [
      `${family} daddr @cluster-ips ${masqueraded}${mark} comment "masquerade traffic to cluster addresses"`,
      `${toService} vmap @service-ips`,
      `${family} daddr @nodeport-ips meta l4proto . th dport vmap @service-nodeports`,
    ]),
    chain('masquerading', [
      `meta mark & ${MARK} != 0 meta mark set meta mark ^ ${MARK} masquerade fully-random`,
      `ct status dnat ${family} saddr . ${family} daddr . meta l4proto . th dport @hairpin-connections masquerade fully-random`,
    ]),
    chain('cluster-ips-check', [
      `${family} daddr @cluster-ips reject comment "invalid ports of cluster addresses"`,
      `${family} daddr ${site.serviceCIDR} drop comment "cluster addresses that no service has"`,
    ]),
    chain('reject-chain', ['reject']),
    ...parts.flatMap((part) => part.chains.map(({ name, rules }) => chain(name, rules))),
    '}',
    '',
  ];
  return declared(lines).join('\n');
}

const mark = `meta mark set meta mark | ${MARK}`;

interface ServicePart {
  readonly clusterIP: string;
  readonly hairpins: readonly string[];
  readonly withoutEndpoints: readonly string[];
  readonly nodePortsWithoutEndpoints: readonly string[];
  readonly firewalls: readonly string[];
  readonly fronts: readonly string[];
  readonly nodePorts: readonly string[];
  readonly affinitySets: readonly string[];
  readonly chains: readonly { readonly name: string; readonly rules: readonly string[] }[];
}

function servicePart(site: Site, node: SiteNode, service: SiteService): ServicePart {
  const { row, protocol, clusterIP, externalIP, loadBalancerIP } = service;
  const family = site.pick('ip', 'ip6');
  const all = usableEndpoints(service.endpoints);
  const local = usableEndpoints(service.endpoints.filter((pod) => pod.node.name === node.name));
  const isInternalLocal = row.internalTrafficPolicy === 'Local';
  const isExternalLocal = row.externalTrafficPolicy === 'Local';
  const isVisible = row.nodePort !== undefined || row.isExternal === true || row.isLoadBalancer === true;
  const hasAny = all.length > 0;
  const [cluster, localName, external, firewall] = ['service', 'local', 'external', 'firewall'].map(
    (kind) => `${kind}-${idOf(service)}`,
  );
  const inner = isInternalLocal ? local : all;
  const outer = isExternalLocal ? local : all;
  const missing = hasAny ? 'drop' : 'goto reject-chain';
  const key = (ip: string): string => `${ip} . ${protocol} . ${row.port}`;
  const outside = [externalIP, loadBalancerIP].filter((ip) => ip !== undefined);
  const ranges = loadBalancerIP === undefined ? [] : (row.sourceRanges?.(site) ?? []);
  const usesCluster = !isInternalLocal || isVisible;
  const usesLocal = isInternalLocal || (isExternalLocal && isVisible);
  const served = [...new Set([...(usesCluster ? all : []), ...(usesLocal ? local : [])])];
  const endpoint = (pod: SitePod): string => endpointName(service, pod);
  const isSticky = row.affinity === true && hasAny;
  return {
    clusterIP,
    hairpins: served
      .filter((pod) => pod.node.name === node.name)
      .map((pod) => `${pod.ip} . ${pod.ip} . ${protocol} . ${row.targetPort}`),
    withoutEndpoints: [
      ...(inner.length > 0 ? [] : [`${key(clusterIP)} : ${missing}`]),
      ...(outer.length > 0 ? [] : outside.map((ip) => `${key(ip)} : ${missing}`)),
    ],
    nodePortsWithoutEndpoints:
      row.nodePort === undefined || outer.length > 0 ? [] : [`${protocol} . ${row.nodePort} : ${missing}`],
    firewalls: ranges.length === 0 || !hasAny ? [] : [`${key(loadBalancerIP!)} : goto ${firewall}`],
    fronts: [
      ...(inner.length > 0 ? [`${key(clusterIP)} : goto ${isInternalLocal ? localName : cluster}`] : []),
      ...(hasAny ? outside.map((ip) => `${key(ip)} : goto ${external}`) : []),
    ],
    nodePorts: row.nodePort === undefined || !hasAny ? [] : [`${protocol} . ${row.nodePort} : goto ${external}`],
    affinitySets: isSticky ? served.map((pod) => `affinity-${endpoint(pod)}`) : [],
    chains: !hasAny
      ? []
      : [
          ...(usesCluster ? [{ name: cluster!, rules: balance(site, service, all) }] : []),
          ...(usesLocal ? [{ name: localName!, rules: balance(site, service, local) }] : []),
          ...(isVisible
            ? [
                {
                  name: external!,
                  rules: isExternalLocal
                    ? [
                        `${family} saddr ${site.clusterCIDR} goto ${cluster} comment "short-circuit pod traffic"`,
                        `fib saddr type local ${mark} comment "masquerade local traffic"`,
                        `fib saddr type local goto ${cluster} comment "short-circuit local traffic"`,
                        ...(local.length > 0 ? [`goto ${localName}`] : []),
                      ]
                    : [`${mark} comment "masquerade"`, `goto ${cluster}`],
                },
              ]
            : []),
          ...(ranges.length === 0
            ? []
            : // the node's own address in a range means that the node may reach the address, which is then the source too
              [{ name: firewall!, rules: [`${family} saddr != { ${[...ranges, loadBalancerIP].join(', ')} } drop`] }]),
          ...(isSticky
            ? served.map((pod) => ({
                name: `endpoint-${endpoint(pod)}`,
                rules: [
                  `update @affinity-${endpoint(pod)} { ${family} saddr }`,
                  `meta l4proto ${protocol} dnat to ${site.pick(pod.ip, `[${pod.ip}]`)}:${row.targetPort}`,
                ],
              }))
            : []),
        ],
  };
}

function balance(site: Site, service: SiteService, endpoints: readonly SitePod[]): string[] {
  const { protocol, row } = service;
  const family = site.pick('ip', 'ip6');
  if (endpoints.length === 0) return [];
  if (row.affinity === true) {
    const name = (pod: SitePod): string => endpointName(service, pod);
    return [
      ...endpoints.map((pod) => `${family} saddr @affinity-${name(pod)} goto endpoint-${name(pod)}`),
      `numgen random mod ${endpoints.length} vmap { ${endpoints.map((pod, i) => `${i} : goto endpoint-${name(pod)}`).join(', ')} }`,
    ];
  }
  const targets = endpoints.map((pod, i) => `${i} : ${pod.ip} . ${row.targetPort}`).join(', ');
  return [`meta l4proto ${protocol} dnat ${family} to numgen random mod ${endpoints.length} map { ${targets} }`];
}

const idOf = ({ portId, protocol, portName, name }: SiteService): string =>
  `${hash(portId + protocol).slice(0, 8)}-shop/${name}/${protocol}/${portName}`;

const endpointName = (service: SiteService, pod: SitePod): string =>
  `${hash(service.portId + service.protocol + pod.ip).slice(0, 8)}-shop/${service.name}/${service.protocol}/${service.portName}__${pod.ip.replaceAll(':', '.')}/${service.row.targetPort}`;

const block = (head: string, body: readonly string[]): string =>
  [`\t${head} {`, ...body.map((line) => `\t\t${line}`), '\t}'].join('\n');

const elements = (items: readonly string[]): string[] =>
  items.length === 0 ? [] : [`elements = { ${items.join(', ')} }`];
const set = (name: string, type: string, items: readonly string[]): string =>
  block(`set ${name}`, [`type ${type}`, ...elements(items)]);
const map = (name: string, type: string, items: readonly string[]): string =>
  block(`map ${name}`, [`type ${type} : verdict`, ...elements(items)]);
const affinitySet = (name: string, address: string): string =>
  block(`set ${name}`, [`type ${address}`, 'size 65535', 'flags dynamic,timeout', 'timeout 3h']);
const chain = (name: string, rules: readonly string[]): string => block(`chain ${name}`, rules);
const base = (name: string, type: string, hook: string, priority: number, rules: readonly string[]): string =>
  block(`chain ${name}`, [`type ${type} hook ${hook} priority ${priority}; policy accept;`, ...rules]);

/** nft wants chains that a map names to be there already: they are declared first, empty. */
function declared(lines: readonly string[]): readonly string[] {
  const [head, ...rest] = lines;
  const names = rest.flatMap((line) => /^\tchain (\S+) \{\n(?!\t\ttype)/.exec(line)?.[1] ?? []);
  return [head!, ...names.map((name) => `\tchain ${name} {\n\t}`), '}', head!, ...rest];
}
