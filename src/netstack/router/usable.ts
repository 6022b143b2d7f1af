/** Whether a nexthop counts at all: dead ones do not, those without carrier only where their device says so. */
import type { Family } from '../../model/address.ts';
import type { Nexthop } from '../state.ts';
import type { Devices } from './device.ts';

/** fib_lookup_good_nhc and find_match, without the device asked for. */
export function isUsable(nexthop: Nexthop, family: Family, ignoresLinkState: boolean, devices: Devices): boolean {
  if (!nexthop.isDead && !nexthop.isLinkDown) return true;
  if (isReallyDead(nexthop, family, devices)) return false;
  return !nexthop.isLinkDown || ignoresLinkState || !ignoresLinkDown(nexthop, family, devices);
}

/**
 * The kernel prints `dead` too where a nexthop has no carrier and its device ignores such routes (fib_nexthop_info):
 * to a lookup that does not care for carriers it is alive.
 */
export function isReallyDead(nexthop: Nexthop, family: Family, devices: Devices): boolean {
  if (!nexthop.isDead) return false;
  const isUp = nexthop.dev !== undefined && (devices.get(nexthop.dev)?.isUp ?? false);
  return !(nexthop.isLinkDown && isUp && ignoresLinkDown(nexthop, family, devices));
}

/** The device's own switch; `all` does not count. */
function ignoresLinkDown(nexthop: Nexthop, family: Family, devices: Devices): boolean {
  return nexthop.dev !== undefined && (devices.own(family, nexthop.dev, 'ignore_routes_with_linkdown') ?? 0) !== 0;
}
