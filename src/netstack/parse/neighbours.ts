/** Reads `ip -j neigh` and `ip -j neigh show proxy`. */
import type { Neighbour } from '../state.ts';
import { isOn, optionalText, requiredIP, requiredText, words } from './fields.ts';
import { readEntries } from './json-section.ts';
import type { Entry } from './json-section.ts';

/** NUD_* of neighbour.h, for tools that print the number. */
const STATES: Readonly<Record<string, string>> = {
  '0x0': 'NONE',
  '0x1': 'INCOMPLETE',
  '0x2': 'REACHABLE',
  '0x4': 'STALE',
  '0x8': 'DELAY',
  '0x10': 'PROBE',
  '0x20': 'FAILED',
  '0x40': 'NOARP',
  '0x80': 'PERMANENT',
};

/** Both families; the entries of the proxy list, if given, follow with `isProxy`. Throws SectionError. */
export function parseNeighbours(text: string, proxyText = ''): readonly Neighbour[] {
  return [
    ...readEntries('ip-neigh', text)
      .filter(isFilled)
      .map((entry) => parseNeighbour(entry, isOn(entry, 'proxy'))),
    ...readEntries('ip-neigh-proxy', proxyText)
      .filter(isFilled)
      .map((entry) => parseNeighbour(entry, true)),
  ];
}

function isFilled(entry: Entry): boolean {
  return entry.fields['dst'] !== undefined;
}

function parseNeighbour(entry: Entry, isProxy: boolean): Neighbour {
  const mac = optionalText(entry, 'lladdr')?.toLowerCase();
  const state = readState(entry);
  return {
    ip: requiredIP(entry, 'dst'),
    // A proxy entry may be for every device.
    dev: isProxy ? (optionalText(entry, 'dev') ?? '') : requiredText(entry, 'dev'),
    ...(mac !== undefined && { mac }),
    state,
    isProxy,
    isRouter: isOn(entry, 'router'),
    raw: printNeighbour(entry),
  };
}

function readState(entry: Entry): string {
  const state = words(entry, 'state')[0];
  return state === undefined ? 'NONE' : (STATES[state] ?? state);
}

/** The line that `ip neigh` prints. */
function printNeighbour(entry: Entry): string {
  const out = [requiredText(entry, 'dst')];
  for (const key of ['dev', 'lladdr']) {
    const text = optionalText(entry, key);
    if (text !== undefined) out.push(key, text);
  }
  for (const flag of ['router', 'proxy', 'managed', 'extern_learn', 'offload', 'extern_valid'])
    if (isOn(entry, flag)) out.push(flag);
  out.push(...words(entry, 'state').map((state) => STATES[state] ?? state));
  return out.join(' ');
}
