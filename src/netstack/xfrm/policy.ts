/** xfrm_lookup and xfrm_policy_check: whether a policy of IPsec may have a say; what it then does is not modelled. */
import { contains } from '../../model/address.ts';
import type { Packet, PortRange } from '../../model/packet.ts';
import type { XfrmPolicy } from '../parse/index.ts';
import type { Walk } from '../walk/walk.ts';
import { unknown, unknownSection } from '../walk/walk.ts';

/** True where no policy is meant for the packet; else the walk is ended. Loopback is exempt (DST_NOXFRM, DST_NOPOLICY). */
export function passesXfrm(walk: Walk, dev: string, directions: readonly XfrmPolicy['direction'][]): boolean {
  const { ns, packet } = walk;
  const policies = ns.xfrmPolicies;
  if (!policies.ok) {
    unknownSection(walk, policies.missing);
    return false;
  }
  if (dev === 'lo' || policies.value.length === 0) return true;
  const policy = policies.value.find((each) => directions.includes(each.direction) && isMeantFor(each, packet));
  if (policy === undefined) return true;
  unknown(walk, 'unknown-rule', `an IPsec policy of ${ns.key} is meant for the packet, which is not modelled`, [
    { kind: 'section', raw: policy.raw, where: `ip xfrm policy of ${ns.key}` },
  ]);
  return false;
}

/** xfrm_selector_match. */
function isMeantFor(policy: XfrmPolicy, packet: Packet): boolean {
  const { mark, interfaceId = 0 } = policy;
  return (
    interfaceId === 0 &&
    contains(policy.src, packet.src) &&
    contains(policy.dst, packet.dst) &&
    (policy.protocol === undefined || policy.protocol === packet.protocol) &&
    (policy.sport === undefined || isIn(policy.sport, packet.sport)) &&
    (policy.dport === undefined || isIn(policy.dport, packet.dport)) &&
    (mark === undefined || (packet.mark & mark.mask) === mark.value)
  );
}

const isIn = (port: number, { min, max }: PortRange): boolean => port >= min && port <= max;
