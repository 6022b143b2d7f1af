/** Turns "expected X, found Y" into a Suspicion. */
export { objectEvidence } from './evidence.ts';
export { KubernetesAssertion } from './kubernetes.ts';
export { complain, linkEvidence, NetstackAssertion, outsideAddress, routesTo } from './netstack.ts';
export type { Subject } from './netstack.ts';
export { firstPacket, RuleProbe } from './rule-probe.ts';
export type { ProbeEnd, ProbePacket } from './rule-probe.ts';
