/** Reads `ip -j netconf`: of the devices' sysctls those few that netlink tells. */
import type { Family } from '../../model/address.ts';
import { has, isOn, requiredText } from './fields.ts';
import { readEntries } from './json-section.ts';

export interface DeviceNetconf {
  readonly family: Family;
  readonly dev: string;
  /** Packets that come in by the device are forwarded. */
  readonly isForwarding: boolean;
}

const FAMILIES: Readonly<Record<string, Family>> = { inet: 4, inet6: 6 };

/** Throws SectionError. A device of which the tool does not say whether it forwards is left out. */
export function parseNetconf(text: string): readonly DeviceNetconf[] {
  return readEntries('ip-netconf', text).flatMap((entry) => {
    const family = FAMILIES[requiredText(entry, 'family')];
    if (family === undefined || !has(entry, 'forwarding')) return [];
    return { family, dev: requiredText(entry, 'interface'), isForwarding: isOn(entry, 'forwarding') };
  });
}
