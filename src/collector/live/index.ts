/** Collecting from a running cluster: collector pods, the agent, and what both may do. */
export { findAgents } from './agents.ts';
export { CollectorPods } from './collector-pods.ts';
export { LiveCollector } from './live-collector.ts';
export { NodeCollector } from './node-collector.ts';
export type { CollectorEvent } from './node-collector.ts';
export type { CollectorImage, RunIdentity } from './manifests.ts';
export { explainRefusal, whyNotCollected } from './not-collected.ts';
export { planCollection } from './plan.ts';
export { probe } from './probe.ts';
export type { Probed } from './probe.ts';
