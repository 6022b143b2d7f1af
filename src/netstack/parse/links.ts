/** Reads `ip -j -d link`, with `bridge -j -d link` beside it. */
import type { NetLink } from '../state.ts';
import { readBridgePort } from './bridge-port.ts';
import { optionalNumber, optionalText, requiredNumber, requiredText, words } from './fields.ts';
import { child, readEntries } from './json-section.ts';
import type { Entry } from './json-section.ts';
import { readLinkKind } from './link-kind.ts';
import { readBondPort } from './stacked-kind.ts';

/**
 * Devices in the order of the dump. `bridgeLinkJson` fills in what an older `ip -d link` does not say about
 * bridge ports. Throws SectionError.
 */
export function parseLinks(ipLinkJson: string, bridgeLinkJson?: string): readonly NetLink[] {
  const entries = readEntries('ip-link', ipLinkJson).filter((entry) => entry.fields['ifindex'] !== undefined);
  const indexByName = new Map(
    entries.map((entry) => [requiredText(entry, 'ifname'), requiredNumber(entry, 'ifindex')]),
  );
  const ports = new Map<string, Entry>();
  for (const entry of readEntries('bridge-link', bridgeLinkJson ?? '')) {
    const name = optionalText(entry, 'ifname');
    if (name !== undefined && entry.fields['master'] !== undefined) ports.set(name, entry);
  }
  return entries.map((entry) => parseLink(entry, indexByName, ports));
}

function parseLink(entry: Entry, indexByName: ReadonlyMap<string, number>, ports: ReadonlyMap<string, Entry>): NetLink {
  const name = requiredText(entry, 'ifname');
  const flags = words(entry, 'flags');
  const info = child(entry, 'linkinfo');
  const master = optionalText(entry, 'master');
  const group = optionalText(entry, 'group');
  const lower = optionalText(entry, 'link');
  const linkIndex = optionalNumber(entry, 'link_index') ?? (lower === undefined ? undefined : indexByName.get(lower));
  const linkNetnsid = optionalNumber(entry, 'link_netnsid');
  const port = readBridgePort(info, ports.get(name));
  const bondPort = readBondPort(info);
  return {
    ifindex: requiredNumber(entry, 'ifindex'),
    name,
    kind: readLinkKind(info, flags),
    isUp: flags.includes('UP'),
    hasCarrier: flags.includes('LOWER_UP'),
    noArp: flags.includes('NOARP'),
    promiscuous: flags.includes('PROMISC') || (optionalNumber(entry, 'promiscuity') ?? 0) > 0,
    mtu: requiredNumber(entry, 'mtu'),
    mac: (optionalText(entry, 'address') ?? '').toLowerCase(),
    ...(linkIndex !== undefined && { linkIndex }),
    ...(linkNetnsid !== undefined && { linkNetnsid }),
    ...(master !== undefined && { master }),
    ...(group !== undefined && group !== '0' && group !== 'default' && { group }),
    ...(port !== undefined && { port }),
    ...(bondPort !== undefined && { bondPort }),
    raw: printLink(entry, flags),
  };
}

/** The first line that `ip link` prints. */
function printLink(entry: Entry, flags: readonly string[]): string {
  const lower = optionalText(entry, 'link');
  const index = optionalText(entry, 'link_index');
  const name = requiredText(entry, 'ifname');
  const full = lower !== undefined ? `${name}@${lower}` : index !== undefined ? `${name}@if${index}` : name;
  const out = [
    `${requiredNumber(entry, 'ifindex')}: ${full}: <${flags.join(',')}>`,
    `mtu ${requiredNumber(entry, 'mtu')}`,
  ];
  for (const [key, word] of [
    ['qdisc', 'qdisc'],
    ['master', 'master'],
    ['operstate', 'state'],
  ] as const) {
    const text = optionalText(entry, key);
    if (text !== undefined) out.push(`${word} ${text}`);
  }
  return out.join(' ');
}
