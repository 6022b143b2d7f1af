export { openNetwork, type ClusterSource } from './generic.ts';
