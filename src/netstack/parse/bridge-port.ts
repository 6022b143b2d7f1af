/** A link as a port of a bridge, from `ip -d link` or, where that does not say, from `bridge -d link`. */
import type { BridgePort } from '../state.ts';
import { isOn, optionalText } from './fields.ts';
import { child } from './json-section.ts';
import type { Entry } from './json-section.ts';

/** BR_STATE_* of if_bridge.h, for tools that print numbers. */
const STATES = ['disabled', 'listening', 'learning', 'forwarding', 'blocking'] as const;

/** Undefined where the device is no port of a bridge. Switches that neither tool prints have the kernel's default. */
export function readBridgePort(info: Entry | undefined, bridgeLink: Entry | undefined): BridgePort | undefined {
  const isPort = info !== undefined && optionalText(info, 'info_slave_kind') === 'bridge';
  const own = isPort ? child(info, 'info_slave_data') : undefined;
  if (own === undefined && bridgeLink === undefined) return undefined;
  const read = (key: string, fallback: boolean): boolean => {
    if (own !== undefined && own.fields[key] !== undefined) return isOn(own, key);
    return bridgeLink === undefined ? fallback : isOn(bridgeLink, key, fallback);
  };
  const state =
    (own && optionalText(own, 'state')) ?? (bridgeLink && optionalText(bridgeLink, 'state')) ?? 'forwarding';
  return {
    state: /^\d$/.test(state) ? (STATES[Number(state)] ?? state) : state,
    hairpin: read('hairpin', false),
    isolated: read('isolated', false),
    learning: read('learning', true),
    flood: read('flood', true),
    mcastFlood: read('mcast_flood', true),
    bcastFlood: read('bcast_flood', true),
    neighSuppress: read('neigh_suppress', false),
    proxyArp: read('proxy_arp', false) || read('proxy_arp_wifi', false),
    guard: read('guard', false),
    locked: read('locked', false),
  };
}
