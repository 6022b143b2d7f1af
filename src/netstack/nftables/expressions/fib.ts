/** `fib` expressions: what the routing tables say of one of the packet's addresses (nft_fib_ipv4.c, nft_fib_ipv6.c). */
import { isMulticast, isUnspecified } from '../../../model/address.ts';
import type { AddressType } from '../../netfilter/types.ts';
import type { NftBranch } from '../branch.ts';
import type { Field } from '../value.ts';
import { ABSENT, NOT_KNOWN } from '../value.ts';
import type { FieldReader } from './payload.ts';

/** include/uapi/linux/rtnetlink.h */
const ROUTE_TYPE: Readonly<Record<AddressType, number>> = {
  UNSPEC: 0,
  UNICAST: 1,
  LOCAL: 2,
  BROADCAST: 3,
  ANYCAST: 4,
  MULTICAST: 5,
  BLACKHOLE: 6,
  UNREACHABLE: 7,
  PROHIBIT: 8,
  THROW: 9,
  NAT: 10,
  XRESOLVE: 11,
};

/** `flags`: `saddr`, `daddr`, `mark`, `iif`, `oif`. Undefined where the question is not known. */
export function fibReader(result: string, flags: readonly string[]): FieldReader | undefined {
  switch (result) {
    case 'type':
      return (branch) => typeOf(branch, flags);
    case 'oif':
      return (branch) => {
        const device = deviceOf(branch, flags);
        // Indexes are compared as the names that they have; 0 is none.
        return device === '' ? 0 : device;
      };
    case 'oifname':
      return (branch) => deviceOf(branch, flags);
    default:
      return undefined;
  }
}

function typeOf({ packet, input }: NftBranch, flags: readonly string[]): Field {
  const address = flags.includes('saddr') ? packet.src : packet.dst;
  const { meta, env } = input;
  const dev = flags.includes('iif') ? (meta.iif ?? '') : flags.includes('oif') ? (meta.oif ?? '') : undefined;
  const type = dev === undefined ? env.addressType(address) : env.addressType(address, dev);
  if (type === undefined) return NOT_KNOWN;
  return ROUTE_TYPE[type];
}

/** Name of the device that a packet to the address would leave by, empty where there is none. */
function deviceOf({ packet, input }: NftBranch, flags: readonly string[]): Field {
  const { meta, env } = input;
  const isSource = flags.includes('saddr');
  const isLooped = meta.iif === 'lo' || meta.pkttype === 'loopback';
  if (isSource && isLooped) return meta.iif ?? 'lo';
  if (isSource && isUnspecified(packet.src) && isMulticast(packet.dst)) return meta.iif ?? NOT_KNOWN;
  const validmark = flags.includes('mark');
  if (isSource && flags.includes('iif')) {
    if (meta.iif === undefined) return ABSENT;
    const has = env.hasReversePath(packet, meta.iif, { loose: false, acceptLocal: false, validmark });
    return has === undefined ? NOT_KNOWN : has ? meta.iif : '';
  }
  const asked = flags.includes('oif') || flags.includes('iif');
  if (asked || env.deviceTo === undefined) return NOT_KNOWN;
  const [to, from] = isSource ? [packet.src, packet.dst] : [packet.dst, packet.src];
  return env.deviceTo(to, { from, mark: validmark ? packet.mark : 0 }) ?? NOT_KNOWN;
}
