/** Every scenario of the laboratory. */
import type { Scenario } from '../scenario.ts';
import { GUEST_BRIDGE } from './guest-bridge.ts';
import { GUEST_FLOWS } from './guest-flows.ts';
import { GUEST_FOREIGN } from './guest-foreign.ts';
import { GUEST_IPSETS } from './guest-ipsets.ts';
import { GUEST_IPVS } from './guest-ipvs.ts';
import { GUEST_STACKED } from './guest-stacked.ts';
import { GUEST_TUNNELS } from './guest-tunnels.ts';
import { BRIDGE_RULES, GUEST_BRIDGE_RULES } from './bridge-rules.ts';
import { DEVICE_RULES } from './device-rules.ts';
import { GUEST_VRF } from './guest-vrf.ts';
import { ATTACHED } from './attached.ts';
import { HEALTHY } from './healthy.ts';
import { LINKS } from './links.ts';
import { MACVLAN } from './macvlan.ts';
import { MTU } from './mtu.ts';
import { NETFILTER } from './netfilter.ts';
import { NFTABLES } from './nftables.ts';
import { ROUTING } from './routing.ts';
import { SERVICES } from './services.ts';
import { SOCKETS } from './sockets.ts';

export const SCENARIOS: readonly Scenario[] = [
  ...HEALTHY,
  ...SERVICES,
  ...ROUTING,
  ...LINKS,
  ...ATTACHED,
  ...MACVLAN,
  ...MTU,
  ...SOCKETS,
  ...NETFILTER,
  ...NFTABLES,
  ...BRIDGE_RULES,
  ...DEVICE_RULES,
];

/** Those that need a kernel with more than this machine's own: `npm run lab -- --guest`. */
export const GUEST_SCENARIOS: readonly Scenario[] = [
  ...GUEST_BRIDGE,
  ...GUEST_BRIDGE_RULES,
  ...GUEST_STACKED,
  ...GUEST_TUNNELS,
  ...GUEST_FOREIGN,
  ...GUEST_IPVS,
  ...GUEST_VRF,
  ...GUEST_FLOWS,
  ...GUEST_IPSETS,
];
