/** InfraShim: what lies between the nodes, and what it should do with their packets. */
export { genericInfra } from './generic.ts';
export type { InfraShim } from './infra-shim.ts';
