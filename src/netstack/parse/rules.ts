/** Reads `ip -j rule` of one family. */
import { PROTOCOL } from '../../model/packet.ts';
import type { PortRange } from '../../model/packet.ts';
import type { Family } from '../../model/address.ts';
import type { PolicyRule } from '../state.ts';
import { has, optionalNumber, optionalText, optionalTos, requiredNumber, splitPrefix } from './fields.ts';
import { readEntries } from './json-section.ts';
import type { Entry } from './json-section.ts';
import { tableId } from './names.ts';
import { printRuleEntry } from './print-rule.ts';

/**
 * Policy rules in the kernel's order, which is the order of their evaluation. Throws SectionError.
 * A selector that is not modelled (tun_id, dscp, flowlabel, port masks) makes the rule `unsupported`: it may match.
 */
export function parseRules(text: string, family: Family): readonly PolicyRule[] {
  return readEntries(`ip${family}-rule`, text)
    .filter((entry) => Object.keys(entry.fields).length > 0)
    .map((entry) => parseRule(entry, family));
}

const KNOWN = new Set([
  'priority',
  'not',
  'src',
  'srclen',
  'dst',
  'dstlen',
  'tos',
  'fwmark',
  'fwmask',
  'iif',
  'iif_detached',
  'oif',
  'oif_detached',
  'uid_start',
  'uid_end',
  'ipproto',
  'sport',
  'sport_start',
  'sport_end',
  'dport',
  'dport_start',
  'dport_end',
  'l3mdev',
  'table',
  'suppress_prefixlen',
  'suppress_ifgroup',
  'goto',
  'unresolved',
  'nop',
  'action',
]);

/** Who made the rule, and the realm it gives to the packet. */
const HARMLESS = new Set(['protocol', 'flow_from', 'flow_to', 'realms']);

function parseRule(entry: Entry, family: Family): PolicyRule {
  const src = splitPrefix(entry, 'src', 'srclen', family);
  const dst = splitPrefix(entry, 'dst', 'dstlen', family);
  const mark = readMark(entry);
  const ipproto = readProtocol(entry);
  const sport = readRange(entry, 'sport');
  const dport = readRange(entry, 'dport');
  const uid = readRange(entry, 'uid');
  const tos = optionalTos(entry, 'tos');
  const iif = optionalText(entry, 'iif');
  const oif = optionalText(entry, 'oif');
  const suppressPrefixlength = optionalNumber(entry, 'suppress_prefixlen');
  const suppressIfgroup = optionalText(entry, 'suppress_ifgroup');
  const action = readAction(entry);
  const problem = unsupported(entry) ?? (action === undefined ? `action of "${printRuleEntry(entry)}"` : undefined);
  return {
    family,
    priority: requiredNumber(entry, 'priority'),
    isNot: has(entry, 'not'),
    ...(src !== undefined && src.length > 0 && { src }),
    ...(dst !== undefined && dst.length > 0 && { dst }),
    ...(iif !== undefined && { iif }),
    ...(oif !== undefined && { oif }),
    ...(mark !== undefined && { mark }),
    ...(tos !== undefined && tos !== 0 && { tos }),
    ...(ipproto !== undefined && { ipproto }),
    ...(sport !== undefined && { sport }),
    ...(dport !== undefined && { dport }),
    ...(uid !== undefined && { uidRange: uid }),
    l3mdev: has(entry, 'l3mdev'),
    ...(suppressPrefixlength !== undefined && { suppressPrefixlength }),
    ...(suppressIfgroup !== undefined && { suppressIfgroup }),
    action: action ?? { kind: 'nop' },
    ...(problem !== undefined && { unsupported: problem }),
    raw: printRuleEntry(entry),
  };
}

function unsupported(entry: Entry): string | undefined {
  for (const key in entry.fields) if (!KNOWN.has(key) && !HARMLESS.has(key)) return `unknown key "${key}"`;
  return undefined;
}

/** A mark without a mask is compared whole. */
function readMark(entry: Entry): PolicyRule['mark'] {
  const value = optionalNumber(entry, 'fwmark');
  const mask = optionalNumber(entry, 'fwmask');
  if (value === undefined && mask === undefined) return undefined;
  return { value: value ?? 0, mask: mask ?? 0xffffffff };
}

/** `tcp`, or `ipproto-6` where numbers were asked for or the name is not in /etc/protocols. */
function readProtocol(entry: Entry): number | undefined {
  const text = optionalText(entry, 'ipproto');
  if (text === undefined) return undefined;
  const number = /^(?:ipproto-)?(\d+)$/.exec(text)?.[1];
  if (number !== undefined) return Number(number);
  const name = text === 'ipv6-icmp' ? 'icmpv6' : text;
  // A name that is not known matches nothing that can be asked about: 255 is reserved.
  return Object.hasOwn(PROTOCOL, name) ? PROTOCOL[name as keyof typeof PROTOCOL] : 255;
}

function readRange(entry: Entry, name: string): PortRange | undefined {
  const single = optionalNumber(entry, name);
  if (single !== undefined) return { min: single, max: single };
  const min = optionalNumber(entry, `${name}_start`);
  if (min === undefined) return undefined;
  return { min, max: requiredNumber(entry, `${name}_end`) };
}

const ACTIONS: Readonly<Record<string, PolicyRule['action']['kind']>> = {
  '3': 'nop',
  nop: 'nop',
  '6': 'blackhole',
  blackhole: 'blackhole',
  '7': 'unreachable',
  unreachable: 'unreachable',
  '8': 'prohibit',
  prohibit: 'prohibit',
};

function readAction(entry: Entry): PolicyRule['action'] | undefined {
  const target = optionalNumber(entry, 'goto');
  if (target !== undefined) return { kind: 'goto', priority: target };
  if (has(entry, 'nop')) return { kind: 'nop' };
  const word = optionalText(entry, 'action');
  if (word !== undefined && word !== '1' && word !== 'to_tbl') {
    const kind = Object.hasOwn(ACTIONS, word) ? ACTIONS[word] : undefined;
    return kind === undefined ? undefined : ({ kind } as PolicyRule['action']);
  }
  // The table of an l3mdev rule is that of the VRF which the packet belongs to.
  if (has(entry, 'l3mdev')) return { kind: 'table', table: 0 };
  const table = tableId(optionalText(entry, 'table') ?? '');
  return table === undefined ? undefined : { kind: 'table', table };
}
