/** Makes what a rule asks the nat core for. */
import type { NatRequest } from './types.ts';

type Asked = Pick<NatRequest, 'manip' | 'how' | 'random' | 'isPersistent'> & Partial<NatRequest>;

/** Of one shape, whatever the rule has: with thousands of rules each look into another object waits for memory. */
export function natRequest(asked: Asked): NatRequest {
  const { manip, how, first, last, prefixLength, ports, basePort, random, isPersistent } = asked;
  return { manip, how, first, last, prefixLength, ports, basePort, random, isPersistent };
}
