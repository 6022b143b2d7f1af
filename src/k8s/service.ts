/** A Service: its addresses, ports and policies. */
import type { Family, IP, Prefix } from '../model/address.ts';
import { readIPs, readPrefixes } from './addresses.ts';
import { at, count, fields, flag, list, text, textMap, texts } from './fields.ts';
import type { Fields } from './fields.ts';
import { readMeta } from './object-meta.ts';
import type { ObjectMeta } from './object-meta.ts';
import { readTransport } from './transport.ts';
import type { Transport } from './transport.ts';

export interface ServicePort {
  /** Empty where the service's only port has no name. */
  readonly name: string;
  readonly port: number;
  readonly protocol: Transport;
  /** A number, or the name of a container port. */
  readonly targetPort: number | string;
  readonly nodePort?: number;
}

export interface LoadBalancerIngress {
  readonly ip: IP;
  /** `Proxy`: the load balancer hands packets on with its own destination, so the nodes do not claim this address. */
  readonly ipMode: 'VIP' | 'Proxy';
}

export interface Service extends ObjectMeta {
  readonly type: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName';
  readonly isHeadless: boolean;
  readonly clusterIPs: readonly IP[];
  readonly externalIPs: readonly IP[];
  readonly ingress: readonly LoadBalancerIngress[];
  readonly externalName?: string;
  readonly ports: readonly ServicePort[];
  readonly selector: ReadonlyMap<string, string>;
  readonly families: readonly Family[];
  readonly isInternalLocal: boolean;
  readonly isExternalLocal: boolean;
  readonly hasClientAffinity: boolean;
  readonly sourceRanges: readonly Prefix[];
  readonly publishNotReadyAddresses: boolean;
  readonly healthCheckNodePort?: number;
  /** Another proxy than kube-proxy serves it (`service.kubernetes.io/service-proxy-name`). */
  readonly proxyName?: string;
}

const TYPES = ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'] as const;

export function readService(object: unknown): Service | undefined {
  const meta = readMeta(object);
  if (meta === undefined) return undefined;
  const spec = at(object, 'spec');
  const type = TYPES.find((one) => one === text(spec, 'type')) ?? 'ClusterIP';
  const externalName = text(spec, 'externalName');
  const healthCheckNodePort = count(spec, 'healthCheckNodePort');
  const proxyName = meta.labels.get('service.kubernetes.io/service-proxy-name');
  const clusterIPs = readIPs([text(spec, 'clusterIP'), ...list(spec, 'clusterIPs')]);
  return {
    ...meta,
    type,
    isHeadless: text(spec, 'clusterIP') === 'None',
    clusterIPs,
    externalIPs: readIPs(list(spec, 'externalIPs')),
    ingress: readIngress(at(object, 'status', 'loadBalancer')),
    ...(externalName === undefined ? {} : { externalName }),
    ports: list(spec, 'ports').map(fields).flatMap(readServicePort),
    selector: textMap(spec, 'selector'),
    families: readFamilies(texts(spec, 'ipFamilies'), clusterIPs),
    isInternalLocal: text(spec, 'internalTrafficPolicy') === 'Local',
    isExternalLocal: text(spec, 'externalTrafficPolicy') === 'Local',
    hasClientAffinity: text(spec, 'sessionAffinity') === 'ClientIP',
    sourceRanges: readPrefixes(list(spec, 'loadBalancerSourceRanges')),
    publishNotReadyAddresses: flag(spec, 'publishNotReadyAddresses') ?? false,
    ...(healthCheckNodePort === undefined || healthCheckNodePort === 0 ? {} : { healthCheckNodePort }),
    ...(proxyName === undefined ? {} : { proxyName }),
  };
}

/** `http 80/tcp`, for people. */
export function describePort(port: ServicePort): string {
  return `${port.name === '' ? '' : `${port.name} `}${port.port}/${port.protocol}`;
}

function readServicePort(entry: Fields): ServicePort[] {
  const port = count(entry, 'port');
  const protocol = readTransport(text(entry, 'protocol'));
  if (port === undefined || protocol === undefined) return [];
  const nodePort = count(entry, 'nodePort');
  return [
    {
      name: text(entry, 'name') ?? '',
      port,
      protocol,
      targetPort: count(entry, 'targetPort') ?? text(entry, 'targetPort') ?? port,
      ...(nodePort === undefined || nodePort === 0 ? {} : { nodePort }),
    },
  ];
}

function readIngress(loadBalancer: Fields): readonly LoadBalancerIngress[] {
  return list(loadBalancer, 'ingress')
    .map(fields)
    .flatMap((entry) => {
      const ip = readIPs([text(entry, 'ip')])[0];
      return ip === undefined
        ? []
        : [{ ip, ipMode: text(entry, 'ipMode') === 'Proxy' ? ('Proxy' as const) : ('VIP' as const) }];
    });
}

function readFamilies(names: readonly string[], clusterIPs: readonly IP[]): readonly Family[] {
  const named = names.flatMap((name): Family[] => (name === 'IPv4' ? [4] : name === 'IPv6' ? [6] : []));
  return named.length > 0 ? named : [...new Set(clusterIPs.map((ip) => ip.family))];
}
