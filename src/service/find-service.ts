/** Which Service a packet is sent to. */
import type { IP } from '../model/address.ts';
import type { IPCache, Service, Transport } from '../k8s/index.ts';

/**
 * By its cluster, external or load balancer address, or by a node port at a node's address. A Service that has the
 * port goes before one that only shares the address.
 */
export function findService(
  cache: IPCache,
  to: { readonly address: IP; readonly port: number; readonly protocol: Transport },
): Service | undefined {
  const byAddress = cache.servicesAt(to.address);
  const withPort = byAddress.find((service) =>
    service.ports.some((port) => port.port === to.port && port.protocol === to.protocol),
  );
  const found = withPort ?? byAddress[0];
  if (found !== undefined) return found;
  const isPod = cache.podsAt(to.address).length > 0;
  return isPod ? undefined : cache.servicesOfNodePort(to.port, to.protocol)[0]?.service;
}
