/** nf_ingress and nf_egress: nftables' chains at a device itself, evaluated like those of other families. */
import type { Frame } from '../../model/packet.ts';
import { baseChainsAt, deviceFamilies, type DeviceHook } from '../nftables/index.ts';
import type { NetNS } from '../netns.ts';
import { perNamespace } from '../per-namespace.ts';
import type { NetLink } from '../state.ts';
import { metaOf } from './hook-input.ts';
import { planChains, type PlannedPart } from './hook-plan.ts';
import { runParts } from './run-hook.ts';
import type { Next, Walk } from './walk.ts';

const NO_CHAINS: readonly PlannedPart[] = [];

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
    parts = chains.ok && chains.value.length > 0 ? planChains(chains.value, hook) : NO_CHAINS;
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
