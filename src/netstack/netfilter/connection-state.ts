/** What rules can tell of a packet's connection, and what they see of it once a rule changed it. */
import type { CtInfo } from '../../model/flow.ts';
import type { CtChange } from './types.ts';

/** Does the packet have a connection? Untracked and invalid ones, and those not yet looked up, have none. */
export function hasConnection(ct: CtInfo): boolean {
  return ct.state !== 'INVALID' && ct.state !== 'UNTRACKED';
}

/** Is it the first packet of its connection, with no reply seen? */
export function isFirstPacket(ct: CtInfo): boolean {
  return ct.direction === 'original' && (ct.state === 'NEW' || ct.state === 'RELATED');
}

/** Has the connection counted this packet alone? */
export function isOnlyPacket(ct: CtInfo): boolean {
  return isFirstPacket(ct) && ct.isOld !== true;
}

/** A connection is assured by what follows its first reply. */
export function isAssured(ct: CtInfo): boolean | undefined {
  return isFirstPacket(ct) || ct.direction === 'reply' ? false : undefined;
}

/** What matches see from now on: an untracked packet, a template's NEW (nf_conntrack_get of a template), another mark. */
export function changedCt(ct: CtInfo, change: CtChange): CtInfo {
  if (change.notrack === true) return { ...ct, state: 'UNTRACKED' };
  if (change.mark !== undefined) return { ...ct, mark: change.mark };
  return { ...ct, state: 'NEW', ...(change.zone !== undefined && { zone: change.zone }) };
}
