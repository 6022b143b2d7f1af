/** Collector and CollectorManager: what one node's kernel has, on demand. */
export { collectHere } from './collect-here.ts';
export type { CollectOptions } from './collect-here.ts';
export { bundleCollector, dumpsCollector } from './collector-manager.ts';
export type { CollectorManager } from './collector-manager.ts';
export { InputError } from './input-error.ts';
export { matchPods } from './match-pods.ts';
export type { PodMatches, PodObject } from './match-pods.ts';
export { printDump } from './print-dump.ts';
export { readDump, readDumpStream } from './read-dump.ts';
export { collectorScript } from './script.ts';
