/** nf_ingress and nf_egress: nftables' chains at a device itself, evaluated like those of other families. */
import type { Family } from '../../model/address.ts';
import type { Evidence } from '../../model/evidence.ts';
import type { Frame } from '../../model/packet.ts';
import { dropsAtDevice } from '../attached/devices.ts';
import { baseChainsAt, deviceFamilies, type DeviceHook } from '../nftables/index.ts';
import type { NetNS } from '../netns.ts';
import { perNamespace } from '../per-namespace.ts';
import type { NetLink } from '../state.ts';
import { metaOf } from './hook-input.ts';
import { planChains, type PlannedPart } from './hook-plan.ts';
import { runParts } from './run-hook.ts';
import type { Next, Walk } from './walk.ts';
import { unknown } from './walk.ts';

const NO_CHAINS: readonly PlannedPart[] = [];
const FAMILIES = [4, 6] as const;

/** Neighbours are asked again from time to time, by frames to their own addresses: what was learned of one is lost then. */
function losesQuestions(ns: NetNS, { name, mac, noArp }: NetLink, family: Family): Evidence | undefined {
  return name === 'lo' || mac === '' || noArp ? undefined : dropsAtDevice(ns, name, family);
}

const plans = {
  ingress: perNamespace(() => new Map<string, readonly PlannedPart[]>()),
  egress: perNamespace(() => new Map<string, readonly PlannedPart[]>()),
};

/** What there is for a frame to go through; undefined, as at nearly all devices, where there is nothing. */
export function deviceChains(ns: NetNS, dev: string, hook: DeviceHook): readonly PlannedPart[] | undefined {
  const kept = plans[hook](ns);
  let parts = kept.get(dev);
  if (parts === undefined) {
    // where the rule set can't be read, the hooks of IP say so
    const chains = baseChainsAt(ns, deviceFamilies(hook), hook, dev);
    // rules for the other way may lose what is asked for neighbours all the same
    const isLossy = FAMILIES.some((family) => dropsAtDevice(ns, dev, family) !== undefined);
    const own = chains.ok ? planChains(chains.value, hook) : NO_CHAINS;
    parts = own.length > 0 || isLossy ? [...own] : NO_CHAINS;
    kept.set(dev, parts);
  }
  return parts === NO_CHAINS ? undefined : parts;
}

export interface Crossing {
  readonly link: NetLink;
  readonly hook: DeviceHook;
  readonly frame: Pick<Frame, 'srcMac' | 'dstMac'> & { readonly vlan?: number | undefined };
}

/** `next` gets every branch that is let through. */
export function runDeviceChains(
  walk: Walk,
  parts: readonly PlannedPart[],
  { link, hook, frame }: Crossing,
  next: Next,
): void {
  const lossy = losesQuestions(walk.ns, link, walk.packet.family);
  if (lossy !== undefined) {
    const rules = lossy.where ?? lossy.raw;
    return unknown(walk, 'unknown-rule', `${rules} may drop questions for neighbours as well as the packet`, [lossy]);
  }
  const devices = hook === 'ingress' ? { iif: link.name, oif: undefined } : { iif: undefined, oif: link.name };
  const isBare = link.mac === '' || link.noArp;
  const meta = {
    ...metaOf(devices, walk),
    physIn: undefined,
    srcMac: isBare ? undefined : frame.srcMac,
    dstMac: isBare ? undefined : frame.dstMac,
    vlan: frame.vlan,
    atDevice: isBare ? ('bare' as const) : ('ethernet' as const),
  };
  runParts({ hook, devices, meta, parts, next }, walk, 0);
}
