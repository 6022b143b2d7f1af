/** Matches that a dump can't answer, each with how long its unknown answer stays the same for one packet. */
import type { MatchModule, Memory } from '../match.ts';

/** Token buckets, quotas and the like: the first packet may find them full or used up. */
const CHANGING = ['limit', 'hashlimit', 'quota', 'rateest', 'cpu', 'dhcpmac'];

/** Payload, fingerprints, properties of the flow or its devices. */
const OF_THE_FLOW = ['string', 'osf', 'realm', 'connlabel', 'helper', 'cluster', 'l2tp', 'ipcomp'];

export const unknowable: Readonly<Record<string, MatchModule>> = Object.fromEntries([
  ...CHANGING.map((name) => [name, unknown('never')] as const),
  ...OF_THE_FLOW.map((name) => [name, unknown('flow')] as const),
]);

function unknown(memory: Memory): MatchModule {
  return { options: 'any', memory, compile: () => () => undefined };
}
