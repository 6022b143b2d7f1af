/** Plugins: what each network plugin means its nodes' and pods' state to be. */
export { choosePlugin } from './registry.ts';
export type { ChosenPlugin } from './registry.ts';
export type { Peer } from './plugin.ts';
