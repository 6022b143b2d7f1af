/** Which of a Service's fronts a packet's destination is. */
import { isLoopback, sameIP } from '../model/address.ts';
import { isIn } from '../k8s/index.ts';
import type { ProxyConfig, Service, ServicePort } from '../k8s/index.ts';
import type { ServiceTraffic, TranslatingNode } from './traffic.ts';

export type FrontKind = 'cluster' | 'external' | 'load-balancer' | 'node-port';

export type Front =
  | { readonly kind: FrontKind; readonly port: ServicePort }
  /** The address is the Service's, the port is not. */
  | { readonly kind: 'no-such-port' }
  /** Nothing of this Service is at this address, or its proxy leaves it alone. */
  | { readonly kind: 'none'; readonly reason: string };

export function frontOf(service: Service, traffic: ServiceTraffic, at: TranslatingNode, proxy: ProxyConfig): Front {
  const { address } = traffic;
  if (service.proxyName !== undefined) return none(`it is left to the proxy ${service.proxyName}`);
  if (service.isHeadless || service.type === 'ExternalName') return none('it has no cluster address');
  // kube-proxy of a family skips Services without a cluster address of that family.
  if (!service.families.includes(address.family)) return none(`it has no IPv${address.family}`);
  if (service.clusterIPs.some((ip) => sameIP(ip, address))) return withPort('cluster', service, traffic);
  if (service.externalIPs.some((ip) => sameIP(ip, address))) return withPort('external', service, traffic);
  const ingress = service.ingress.find((one) => sameIP(one.ip, address));
  if (ingress?.ipMode === 'VIP') return withPort('load-balancer', service, traffic);
  if (ingress?.ipMode === 'Proxy')
    return none('its load balancer has ipMode Proxy: the nodes do not claim the address');
  if (!at.addresses.some((ip) => sameIP(ip, address)) && !isLoopback(address))
    return none('the address is not its own');
  const port = service.ports.find((one) => one.nodePort === traffic.port && one.protocol === traffic.protocol);
  if (port === undefined) return none('none of its node ports');
  return servesNodePorts(traffic, at, proxy)
    ? { kind: 'node-port', port }
    : none('node ports are not served at this address');
}

function withPort(kind: FrontKind, service: Service, traffic: ServiceTraffic): Front {
  const port = service.ports.find((one) => one.port === traffic.port && one.protocol === traffic.protocol);
  return port === undefined ? { kind: 'no-such-port' } : { kind, port };
}

/** pkg/proxy/util/nodeport_addresses.go; loopback is for IPv4 in iptables mode only. */
function servesNodePorts({ address }: ServiceTraffic, at: TranslatingNode, proxy: ProxyConfig): boolean {
  const blocks = proxy.nodePortAddresses;
  const mode = proxy.mode?.value;
  const isNft = mode === 'nftables';
  if (isLoopback(address)) {
    if (address.family === 6 || !proxy.localhostNodePorts || isNft || mode === 'ipvs') return false;
    return blocks !== 'primary' && (blocks.length === 0 || isIn(blocks, address));
  }
  // nftables mode serves the node's primary addresses where nothing is configured, iptables mode all of them.
  if (blocks === 'primary' || (isNft && blocks.length === 0))
    return at.node.addresses.some((ip) => sameIP(ip, address));
  const ofFamily = blocks.filter((block) => block.ip.family === address.family);
  return ofFamily.length === 0 || isIn(ofFamily, address);
}

function none(reason: string): Front {
  return { kind: 'none', reason };
}
