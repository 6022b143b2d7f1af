/** Native nftables: parse, evaluate. */
export { baseChainsOf, chainEvidence, chainStep, evaluateBaseChain } from './base-chains.ts';
export { parseNftJson } from './parse-json.ts';
export { NO_PROTOCOL } from './expressions/payload.ts';
export { baseChainsAt, busyChainAt, deviceFamilies, type DeviceHook } from './native.ts';
export type { BaseChain } from './walked.ts';
export type { RuleSet } from './types.ts';
export { setsSegmentSize } from './segment-size.ts';
