/** Reads `bridge -j fdb`. */
import type { FdbEntry } from '../state.ts';
import { optionalIP, optionalNumber, optionalText, requiredText, words } from './fields.ts';
import { readEntries } from './json-section.ts';
import type { Entry } from './json-section.ts';

/** Forwarding entries of bridges and of vxlan devices (`isSelf`). Throws SectionError. */
export function parseFdb(text: string): readonly FdbEntry[] {
  return readEntries('bridge-fdb', text)
    .filter((entry) => entry.fields['mac'] !== undefined)
    .map(parseEntry);
}

function parseEntry(entry: Entry): FdbEntry {
  const master = optionalText(entry, 'master');
  const vlan = optionalNumber(entry, 'vlan');
  const dst = optionalIP(entry, 'dst');
  const port = optionalNumber(entry, 'port');
  const vni = optionalNumber(entry, 'vni');
  const via = optionalText(entry, 'viaIf');
  const state = optionalText(entry, 'state');
  const nhid = optionalNumber(entry, 'nhid');
  return {
    mac: requiredText(entry, 'mac').toLowerCase(),
    dev: requiredText(entry, 'ifname'),
    ...(master !== undefined && { master }),
    ...(vlan !== undefined && { vlan }),
    ...(dst !== undefined && { dst }),
    ...(port !== undefined && { port }),
    ...(vni !== undefined && { vni }),
    ...(via !== undefined && { via }),
    isSelf: words(entry, 'flags').includes('self'),
    ...(state !== undefined && state !== '' && { state }),
    ...(nhid !== undefined && { nhid }),
    raw: printFdb(entry),
  };
}

/** The line that `bridge fdb` prints. */
function printFdb(entry: Entry): string {
  const out = [requiredText(entry, 'mac'), 'dev', requiredText(entry, 'ifname')];
  for (const [key, word] of WORDS) {
    const text = optionalText(entry, key);
    if (text !== undefined) out.push(word, text);
  }
  out.push(...words(entry, 'flags'));
  const master = optionalText(entry, 'master');
  if (master !== undefined) out.push('master', master);
  const state = optionalText(entry, 'state');
  if (state !== undefined && state !== '') out.push(state);
  return out.join(' ');
}

const WORDS = [
  ['dst', 'dst'],
  ['vlan', 'vlan'],
  ['port', 'port'],
  ['vni', 'vni'],
  ['src_vni', 'src_vni'],
  ['viaIf', 'via'],
  ['nhid', 'nhid'],
] as const;
