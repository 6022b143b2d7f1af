/** The cluster of a scenario that names none: a client and one of two servers on node-a, the other server on node-b. */
import type { ListenRow, PodRow, ServiceRow } from './scenario.ts';

/** TCP 8080 and UDP 5353 on every address, dual stack, as a Go server listens. */
export const WEB: readonly ListenRow[] = [
  { protocol: 'tcp', port: 8080, address: 'any' },
  { protocol: 'udp', port: 5353, address: 'any' },
];

export const DEFAULT_PODS: readonly PodRow[] = [
  { name: 'client', node: 'node-a', app: 'client', listen: [] },
  { name: 'api-1', node: 'node-a', app: 'api', listen: WEB },
  { name: 'api-2', node: 'node-b', app: 'api', listen: WEB },
];

export const DEFAULT_SERVICES: readonly ServiceRow[] = [
  { name: 'api', app: 'api', port: 80, targetPort: 8080 },
  { name: 'entry', app: 'api', port: 80, targetPort: 8080, nodePort: 30080 },
];
