/** Reads the details of devices that stand on others: vlan, bond, ipvlan, and of a bond's slaves. */
import type { BondPort, LinkKind } from '../state.ts';
import { isOn, optionalNumber, optionalText, words } from './fields.ts';
import { child } from './json-section.ts';
import type { Entry } from './json-section.ts';

export function readVlan(data: Entry | undefined): LinkKind {
  const id = data === undefined ? undefined : optionalNumber(data, 'id');
  if (data === undefined || id === undefined) return { kind: 'unsupported', name: 'vlan' };
  const protocol = optionalText(data, 'protocol') ?? '802.1Q';
  // with numeric names: ETH_P_8021Q
  if (protocol !== '802.1Q' && protocol !== '[33024]') return { kind: 'unsupported', name: `vlan (${protocol})` };
  return words(data, 'flags').includes('REORDER_HDR')
    ? { kind: 'vlan', id }
    : { kind: 'unsupported', name: 'vlan without REORDER_HDR' };
}

export function readBond(data: Entry | undefined): LinkKind {
  const mode = data === undefined ? undefined : optionalText(data, 'mode');
  if (data === undefined || mode === undefined) return { kind: 'unsupported', name: 'bond' };
  const activeSlave = optionalText(data, 'active_slave');
  const ad = child(data, 'ad_info');
  const aggregator = ad === undefined ? undefined : optionalNumber(ad, 'aggregator');
  return {
    kind: 'bond',
    mode,
    ...(activeSlave !== undefined && { activeSlave }),
    ...(aggregator !== undefined && { aggregator }),
    takesFromAll: isOn(data, 'all_slaves_active'),
  };
}

/** `info` is the link's own linkinfo. */
export function readBondPort(info: Entry | undefined): BondPort | undefined {
  if (info === undefined || optionalText(info, 'info_slave_kind') !== 'bond') return undefined;
  const data = child(info, 'info_slave_data');
  if (data === undefined) return undefined;
  const aggregator = optionalNumber(data, 'ad_aggregator_id');
  return {
    isActive: optionalText(data, 'state') === 'ACTIVE',
    isLinkUp: optionalText(data, 'mii_status') === 'UP',
    ...(aggregator !== undefined && { aggregator }),
  };
}

export function readIpvlan(data: Entry | undefined): LinkKind {
  const mode = data === undefined ? undefined : optionalText(data, 'mode');
  if (data === undefined || (mode !== 'l2' && mode !== 'l3' && mode !== 'l3s'))
    return { kind: 'unsupported', name: 'ipvlan' };
  return {
    kind: 'ipvlan',
    mode,
    flag: isOn(data, 'private') ? 'private' : isOn(data, 'vepa') ? 'vepa' : 'bridge',
  };
}
