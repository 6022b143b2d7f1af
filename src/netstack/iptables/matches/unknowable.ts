/** Matches that a dump can't answer, each with how long its unknown answer stays the same for one packet. */
import type { MatchModule, Memory } from '../match.ts';

/** Token buckets, quotas and the like: the first packet may find them full or used up. */
const CHANGING = ['limit', 'hashlimit', 'quota', 'rateest', 'cpu', 'dhcpmac'];

/** Payload, clock, fingerprints, properties of the flow or its devices. */
const OF_THE_FLOW = [
  'string',
  'time',
  'osf',
  'devgroup',
  'realm',
  'policy',
  'tcpmss',
  'connlabel',
  'helper',
  'cluster',
  'l2tp',
  'ipcomp',
];

/** Programs over the header. */
const OF_THE_HEADER = ['bpf', 'u32'];

export const unknowable: Readonly<Record<string, MatchModule>> = Object.fromEntries([
  ...CHANGING.map((name) => [name, unknown('never')] as const),
  ...OF_THE_FLOW.map((name) => [name, unknown('flow')] as const),
  ...OF_THE_HEADER.map((name) => [name, unknown('header')] as const),
]);

function unknown(memory: Memory): MatchModule {
  return { options: 'any', memory, compile: () => () => undefined };
}
