/** Reads `ip -j netns list-id`. */
import { optionalText, requiredNumber } from './fields.ts';
import { readEntries } from './json-section.ts';

/** The number by which this namespace calls another one, as `link_netnsid` of a veth uses it. */
export interface NetnsId {
  readonly nsid: number;
  /** Name under /run/netns, where the tool could tell. */
  readonly name?: string;
}

/** Throws SectionError. */
export function parseNetnsIds(text: string): readonly NetnsId[] {
  return readEntries('ip-netns-ids', text)
    .filter((entry) => entry.fields['nsid'] !== undefined)
    .map((entry) => {
      const name = optionalText(entry, 'name');
      return { nsid: requiredNumber(entry, 'nsid'), ...(name !== undefined && name !== '' && { name }) };
    });
}
