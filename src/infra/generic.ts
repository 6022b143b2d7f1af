/** No cloud to ask: the nodes are taken to share a link on which nothing drops. */
import type { InfraShim } from './infra-shim.ts';

export const genericInfra: InfraShim = {
  name: 'generic',
  nodeForNextHop(cache, nextHop) {
    // Two nodes that claim one address are nobody's next hop: the walk then says that it is not known.
    const nodes = cache.nodesAt(nextHop);
    return nodes.length === 1 ? nodes[0] : undefined;
  },
  check: () => Promise.resolve([]),
  assumptions: [
    'the network between the nodes delivers every packet: firewalls, security groups and route tables there were not asked',
  ],
};
