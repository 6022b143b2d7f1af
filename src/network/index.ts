export { Network, type Ask } from './network.ts';
export type { Intent } from './intent.ts';
