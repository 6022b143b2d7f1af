/** Whether a policy rule matches a flow: yes, no, for some source ports, or not known. */
import { contains, ip } from '../../model/address.ts';
import type { PortRange } from '../../model/packet.ts';
import type { PolicyRule } from '../state.ts';
import type { Devices } from './device.ts';
import { vrfOfFlow, type Flow } from './flow.ts';

export type RuleMatch =
  | 'yes'
  | 'no'
  /** The kernel picks the source port; `share` of the range matches. */
  | { readonly kind: 'share'; readonly share: number }
  | { readonly kind: 'unknown'; readonly reason: string };

/**
 * fib_rule_match, fib4_rule_match, fib6_rule_match. A selector that says no decides, whatever else is not known.
 */
export function matchRule(rule: PolicyRule, flow: Flow, devices: Devices): RuleMatch {
  const match = matchSelectors(rule, flow, devices);
  if (!rule.isNot) return match;
  if (match === 'yes') return 'no';
  if (match === 'no') return 'yes';
  return match.kind === 'share' ? { kind: 'share', share: 1 - match.share } : match;
}

function matchSelectors(rule: PolicyRule, flow: Flow, devices: Devices): RuleMatch {
  if (rule.iif !== undefined && !isDevice(rule.iif, flow.iif, devices)) return 'no';
  if (rule.oif !== undefined && (flow.oif === undefined || !isDevice(rule.oif, flow.oif, devices))) return 'no';
  if (rule.mark !== undefined && ((flow.mark ^ rule.mark.value) & rule.mark.mask) !== 0) return 'no';
  if (rule.dst !== undefined && !contains(rule.dst, flow.dst)) return 'no';
  // No source yet is 0.0.0.0 to v4 and matches no `from` in v6.
  const src = flow.src ?? (flow.family === 4 ? NOBODY : undefined);
  if (rule.src !== undefined && !(src !== undefined && contains(rule.src, src))) return 'no';
  if (rule.tos !== undefined && !isTos(rule.tos, flow)) return 'no';
  if (rule.ipproto !== undefined && rule.ipproto !== flow.protocol) return 'no';
  const { user } = flow;
  if (rule.uidRange !== undefined && typeof user === 'number' && !isIn(rule.uidRange, user)) return 'no';
  const share = shareOf(rule.sport, flow.sport) * shareOf(rule.dport, flow.dport);
  if (share === 0) return 'no';
  const vrf = rule.l3mdev ? vrfOfFlow(flow, devices) : undefined;
  if (rule.l3mdev && vrf === undefined) return 'no';
  if (rule.unsupported !== undefined) return { kind: 'unknown', reason: `rule "${rule.raw}": ${rule.unsupported}` };
  if (vrf !== undefined && devices.tableOf(vrf) === undefined)
    return { kind: 'unknown', reason: `rule "${rule.raw}": the table of ${vrf} is not known` };
  if (rule.uidRange !== undefined && user === 'unknown') {
    return { kind: 'unknown', reason: `rule "${rule.raw}": the sender's user is not known` };
  }
  return share === 1 ? 'yes' : { kind: 'share', share };
}

const NOBODY = ip('0.0.0.0');

/** A rule that names a VRF means the packets of its members too. */
function isDevice(name: string, dev: string, devices: Devices): boolean {
  return name === dev || (devices.hasVrf && devices.vrfOf(dev) === name && devices.get(name) !== undefined);
}

/** v4 compares the old TOS bits only (IPTOS_RT_MASK without the two highest), v6 the whole DSCP. */
function isTos(tos: number, flow: Flow): boolean {
  return flow.family === 4 ? tos === (flow.tos & 0x1c) : (tos & 0xfc) === (flow.tos & 0xfc);
}

function isIn(range: PortRange, value: number): boolean {
  return value >= range.min && value <= range.max;
}

/** How much of the packet's port range lies in the rule's. */
function shareOf(rule: PortRange | undefined, ports: PortRange): number {
  if (rule === undefined) return 1;
  const common = Math.min(rule.max, ports.max) - Math.max(rule.min, ports.min) + 1;
  return common <= 0 ? 0 : common / (ports.max - ports.min + 1);
}
