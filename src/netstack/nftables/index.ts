/** Native nftables: evaluate. */
export { baseChainsOf, chainStep, evaluateBaseChain } from './base-chains.ts';
export { parseNftJson } from './draft-json.ts';
export { baseChainsAt, nativeRuleSet } from './native.ts';
export type { BaseChain } from './walked.ts';
export type { RuleSet } from './types.ts';
