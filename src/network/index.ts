/** One cluster's wiring, ready to be asked. */
export { clusterIntent } from './cluster-intent.ts';
export { Network, type Ask } from './network.ts';
export type { Intent } from './intent.ts';
