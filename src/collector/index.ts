/** Collector and CollectorManager: what one node's kernel has, on demand. */
export { bundleCollector, dumpsCollector } from './collector-manager.ts';
export type { CollectorManager, DumpSource } from './collector-manager.ts';
export { InputError, printable } from './input-error.ts';
export type { InputPlace } from './input-error.ts';
export { printDump } from './print-dump.ts';
export { MAX_DUMP_BYTES, readDump, readDumpStream } from './read-dump.ts';
export type { ReadOptions } from './read-dump.ts';
export { collectorScript } from './script.ts';
export { matchPods } from './match-pods.ts';
export type { PodMatch, PodMatches, PodObject } from './match-pods.ts';
export { collectHere } from './collect-here.ts';
export type { CollectOptions } from './collect-here.ts';
