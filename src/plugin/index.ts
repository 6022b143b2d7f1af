/** Plugins: what each network plugin means its nodes' and pods' state to be. */
export { allPluginFlags, choosePlugin } from './registry.ts';
export type { ChosenPlugin } from './registry.ts';
export type { Detection, NodeCheck, Peer, Plugin, PluginEntry, PodCheck } from './plugin.ts';
