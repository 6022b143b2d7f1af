/** What `-m rpfilter` asks: is there a way back to the packet's source (ipt_rpfilter.c, ip6t_rpfilter.c)? */
import { isBroadcast, isLinkLocal, isMulticast, isUnspecified } from '../../model/address.ts';
import type { IP } from '../../model/address.ts';
import type { Packet } from '../../model/packet.ts';
import type { ReversePathOptions } from '../netfilter/types.ts';
import type { Devices } from './device.ts';
import type { Flow } from './flow.ts';
import type { FamilyLookup } from './lookup.ts';
import type { RouteAnswer } from './types.ts';

export interface ReversePathQuery {
  readonly packet: Packet;
  readonly iif: string;
  readonly options: ReversePathOptions;
}

/** Undefined where a rule or route that is not understood decides. */
export function reversePath(lookup: FamilyLookup, devices: Devices, query: ReversePathQuery): boolean | undefined {
  const { packet, iif } = query;
  if (iif === 'lo' || devices.get(iif)?.kind.kind === 'loopback') return true;
  if (packet.family === 6 && isUnspecified(packet.src)) return true;
  if (packet.family === 4 && isUnspecified(packet.src) && (isBroadcast(packet.dst) || packet.dst.a >>> 8 === 0xe00000))
    return true;
  const answers = lookup.lookup(reverseFlow(query), packet.family === 4 ? 'first' : 'device');
  const said = new Set(
    answers
      .flatMap((answer) => answer.alternatives ?? [answer])
      .map((answer) => isWayBack(lookup, devices, query, answer)),
  );
  return said.size === 1 ? [...said][0] : undefined;
}

/** Locally made as far as rules see it; in v6 the device is asked for unless loose, and insisted on for link-local. */
function reverseFlow({ packet, iif, options }: ReversePathQuery): Flow {
  const isStrict = packet.family === 6 && isLinkLocal(packet.src);
  const hasDevice = packet.family === 6 && (isStrict || !options.loose);
  return {
    family: packet.family,
    dst: packet.src,
    src: isUnicast(packet.dst) ? packet.dst : undefined,
    iif: 'lo',
    oif: hasDevice ? iif : undefined,
    liked: hasDevice ? iif : undefined,
    isStrict,
    ignoresLinkState: packet.family === 4,
    mark: options.validmark ? packet.mark : 0,
    tos: packet.tos,
    protocol: packet.protocol,
    sport: packet.sport,
    dport: packet.dport,
    user: 0,
  };
}

function isUnicast(address: IP): boolean {
  return !isMulticast(address) && !isBroadcast(address) && !isUnspecified(address);
}

function isWayBack(
  lookup: FamilyLookup,
  devices: Devices,
  { iif, options }: ReversePathQuery,
  answer: RouteAnswer,
): boolean | undefined {
  const usesDevice = lookup
    .nexthopsOf(answer)
    .some(({ dev }) => dev === iif || (dev !== undefined && devices.vrfOf(dev) === iif));
  switch (answer.kind) {
    case 'unicast':
      return usesDevice || options.loose;
    case 'local':
      if (!options.acceptLocal) return false;
      return answer.route?.family === 6 || usesDevice || options.loose;
    case 'unknown':
      return answer.route === undefined ? undefined : usesDevice || options.loose;
    default:
      return false;
  }
}
