/** The kernel's view of what is looked up, made from a question. */
import type { Family, IP } from '../../model/address.ts';
import type { PortRange } from '../../model/packet.ts';
import type { Devices } from './device.ts';
import type { FlowKey } from './types.ts';

/** User of a flow, for rules with a uidrange. What came in or has no socket is root's (sock_net_uid). */
export type FlowUser = number | 'unknown';

export interface Flow {
  readonly family: Family;
  readonly dst: IP;
  /** Undefined where it is still to be chosen. */
  readonly src: IP | undefined;
  /** `lo` for what this namespace sends. */
  readonly iif: string;
  /** The device that the packet is bound to leave by. */
  readonly oif: string | undefined;
  /** The VRF that it is bound to: then `oif` names no device any more (l3mdev_update_flow). */
  readonly vrf?: string;
  /** v6: the device whose routes are liked best: `oif`, or for a packet that came in the one that it came in by. */
  readonly liked: string | undefined;
  /** v6: a route by another device is refused, not just less liked (RT6_LOOKUP_F_IFACE). */
  readonly isStrict: boolean;
  /** Routes whose link has no carrier count as well (LOOKUP_IGNORE_LINKSTATE). */
  readonly ignoresLinkState: boolean;
  readonly mark: number;
  readonly tos: number;
  readonly protocol: number;
  readonly sport: PortRange;
  readonly dport: PortRange;
  readonly user: FlowUser;
}

/** The flow of a packet that comes in by `iif`, or of one that is made here (`iif` lo). */
export function flowOf(key: FlowKey): Flow {
  const { dst } = key;
  const isInput = key.iif !== 'lo';
  return {
    family: dst.family,
    dst,
    src: key.src,
    iif: key.iif,
    oif: key.oif,
    liked: dst.family === 4 ? undefined : (key.oif ?? (isInput ? key.iif : undefined)),
    isStrict: (key.oif !== undefined && key.isOifHint !== true) || (dst.family === 6 && needsDevice(dst)),
    ignoresLinkState: false,
    mark: key.mark,
    tos: key.tos,
    protocol: key.protocol,
    sport: key.sport,
    dport: key.dport,
    user: isInput ? 0 : (key.uid ?? 'unknown'),
  };
}

/** A flow that is bound to a VRF itself may leave by any of its members. */
export function inVrf(flow: Flow, devices: Devices): Flow {
  const { oif } = flow;
  if (oif === undefined || !devices.hasVrf || devices.vrfOf(oif) !== oif) return flow;
  return { ...flow, vrf: oif, oif: undefined, liked: undefined, isStrict: needsDevice(flow.dst) && flow.family === 6 };
}

/** The VRF whose table an l3mdev rule leads to: that of the way out goes before that of the way in. */
export function vrfOfFlow({ vrf, oif, iif }: Flow, devices: Devices): string | undefined {
  if (!devices.hasVrf) return undefined;
  return vrf ?? (oif === undefined ? undefined : devices.vrfOf(oif)) ?? devices.vrfOf(iif);
}

/** v6 destinations that mean nothing without a device (rt6_need_strict): multicast, link-local, loopback. */
export function needsDevice(dst: IP): boolean {
  const isLoopback = dst.a === 0 && dst.b === 0 && dst.c === 0 && dst.d === 1;
  return dst.a >>> 24 === 0xff || dst.a >>> 22 === 0x3fa || isLoopback;
}
