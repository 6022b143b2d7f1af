/** Reads `bridge -j vlan`. */
import type { PortVlan } from '../state.ts';
import { optionalNumber, requiredNumber, requiredText, words } from './fields.ts';
import { children, readEntries } from './json-section.ts';
import type { Entry } from './json-section.ts';

/** Which VLANs each bridge port takes. Throws SectionError. */
export function parseBridgeVlan(text: string): readonly PortVlan[] {
  return readEntries('bridge-vlan', text).flatMap((port) => {
    if (port.fields['vlans'] !== undefined) {
      const dev = requiredText(port, 'ifname');
      return children(port, 'vlans').map((entry) => parseVlan(entry, dev));
    }
    // Before iproute2 4.20: one object with a list per device.
    return Object.keys(port.fields).flatMap((dev) => children(port, dev).map((entry) => parseVlan(entry, dev)));
  });
}

function parseVlan(entry: Entry, dev: string): PortVlan {
  const first = requiredNumber(entry, 'vlan');
  const flags = words(entry, 'flags');
  return {
    dev,
    first,
    last: optionalNumber(entry, 'vlanEnd') ?? first,
    isPvid: flags.includes('PVID'),
    isUntagged: flags.includes('Egress Untagged'),
  };
}
