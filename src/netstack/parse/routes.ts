/** Reads `ip -j route show table all` of one family. */
import { isUnspecified } from '../../model/address.ts';
import type { Family, IP } from '../../model/address.ts';
import type { Nexthop, Route, RouteType } from '../state.ts';
import {
  everything,
  has,
  optionalIP,
  optionalNumber,
  optionalPrefix,
  optionalText,
  optionalTos,
  words,
} from './fields.ts';
import { child, children, readEntries, wrongType } from './json-section.ts';
import type { Entry } from './json-section.ts';
import { protocolWord, routeType, scopeName, TABLE, tableId } from './names.ts';
import { printRouteEntry } from './print-route.ts';

/**
 * Routes of all tables in the kernel's order. Throws SectionError.
 * Keys that do not move a packet (realms, the metrics other than mtu and advmss, expiry, protocol) are kept in `raw` only;
 * any other unknown key makes the route `unsupported`.
 */
export function parseRoutes(text: string, family: Family): readonly Route[] {
  const out: Route[] = [];
  for (const entry of readEntries(`ip${family}-route`, text)) {
    if (Object.keys(entry.fields).length > 0) out.push(parseRoute(entry, family));
  }
  return out;
}

const KNOWN = new Set([
  'type',
  'dst',
  'from',
  'tos',
  'gateway',
  'via',
  'dev',
  'table',
  'protocol',
  'scope',
  'prefsrc',
  'metric',
  'flags',
  'metrics',
  'nexthops',
  'nhid',
  'pref',
  'expires',
  'encap',
]);

/** Keys that never change where a packet goes. `flow` are realms, the others what the kernel counts. */
const HARMLESS = new Set([
  'flow',
  'cache',
  'uid',
  'used',
  'age',
  'users',
  'error',
  'offload',
  'ts',
  'tsage',
  'hoplimit',
]);

const KNOWN_NEXTHOP = new Set(['gateway', 'via', 'dev', 'weight', 'flags', 'encap', 'flow', 'id']);

function parseRoute(entry: Entry, family: Family): Route {
  const type = readType(entry);
  const table = readTable(entry);
  const src = optionalPrefix(entry, 'from', family);
  const prefsrc = optionalIP(entry, 'prefsrc');
  const nhid = optionalNumber(entry, 'nhid');
  const mtu = readMetric(entry, 'mtu');
  const advmss = readMetric(entry, 'advmss');
  const pref = readPref(entry);
  const dst = optionalPrefix(entry, 'dst', family) ?? everything(family);
  const problem = unsupported(entry, type, table);
  return {
    family,
    type: type ?? 'unicast',
    dst,
    ...(src !== undefined && src.length > 0 && { src }),
    table: table ?? TABLE.main,
    tos: optionalTos(entry, 'tos') ?? 0,
    metric: optionalNumber(entry, 'metric') ?? 0,
    scope: scopeName(optionalText(entry, 'scope') ?? 'global'),
    protocol: protocolWord(optionalText(entry, 'protocol') ?? 'boot'),
    ...(prefsrc !== undefined && !isUnspecified(prefsrc) && { prefsrc }),
    nexthops: readNexthops(entry),
    ...(nhid !== undefined && { nhid }),
    ...(mtu !== undefined && { mtu }),
    ...(advmss !== undefined && { advmss }),
    ...(pref !== undefined && { pref }),
    ...(problem !== undefined && { unsupported: problem }),
    raw: printRouteEntry(entry, {
      type: type ?? optionalText(entry, 'type') ?? 'unicast',
      table: table ?? TABLE.main,
      dst,
      family,
    }),
  };
}

function readType(entry: Entry): RouteType | undefined {
  const text = optionalText(entry, 'type');
  return text === undefined ? 'unicast' : routeType(text);
}

function readTable(entry: Entry): number | undefined {
  const text = optionalText(entry, 'table');
  return text === undefined ? TABLE.main : tableId(text);
}

function unsupported(entry: Entry, type: RouteType | undefined, table: number | undefined): string | undefined {
  if (type === undefined) return `route type ${String(entry.fields['type'])}`;
  if (table === undefined) return `table ${String(entry.fields['table'])} has a name but no number`;
  if (type === 'nat') return 'route type nat';
  for (const key in entry.fields) {
    if (KNOWN.has(key) || HARMLESS.has(key) || key.startsWith('encap_')) continue;
    return `unknown key "${key}"`;
  }
  if (has(entry, 'encap')) return `encapsulation ${optionalText(entry, 'encap')}`;
  for (const nexthop of children(entry, 'nexthops')) {
    if (has(nexthop, 'encap')) return `encapsulation ${optionalText(nexthop, 'encap')}`;
    for (const key in nexthop.fields) {
      if (!KNOWN_NEXTHOP.has(key) && !HARMLESS.has(key) && !key.startsWith('encap_'))
        return `unknown key "${key}" of a nexthop`;
    }
  }
  return undefined;
}

function readMetric(entry: Entry, name: 'mtu' | 'advmss'): number | undefined {
  for (const metrics of children(entry, 'metrics')) {
    const value = optionalNumber(metrics, name);
    if (value !== undefined) return value;
  }
  return undefined;
}

function readPref(entry: Entry): 'low' | 'medium' | 'high' | undefined {
  const text = optionalText(entry, 'pref');
  if (text === undefined) return undefined;
  if (text === 'low' || text === 'medium' || text === 'high') return text;
  // ICMPV6_ROUTER_PREF_*: 3 is low, 2 reserved and taken as medium.
  if (text === '1') return 'high';
  if (text === '3') return 'low';
  if (text === '0' || text === '2') return 'medium';
  throw wrongType(entry, 'pref', 'a router preference');
}

function readNexthops(entry: Entry): readonly Nexthop[] {
  const several = children(entry, 'nexthops');
  if (several.length > 0) return several.map((nexthop) => readNexthop(nexthop, entry));
  if (!has(entry, 'dev') && !has(entry, 'gateway') && !has(entry, 'via')) return NO_NEXTHOPS;
  return [readNexthop(entry, entry)];
}

/** A route that has expired is still listed until the kernel sweeps it, and is passed over: the same as dead. */
function readNexthop(entry: Entry, route: Entry): Nexthop {
  const dev = optionalText(entry, 'dev');
  const via = readVia(entry);
  const flags = words(entry, 'flags');
  const encap = optionalText(entry, 'encap');
  const expires = route.fields['expires'];
  const isExpired = typeof expires === 'number' && expires < 0;
  const weight = optionalNumber(entry, 'weight') ?? 1;
  const isDead = flags.includes('dead') || isExpired;
  const isLinkDown = flags.includes('linkdown');
  const onlink = flags.includes('onlink');
  // Nearly all nexthops are one of these two; spreading absent fields costs more than all the rest of a route.
  if (dev !== undefined && encap === undefined) {
    return via === undefined
      ? { dev, onlink, weight, isDead, isLinkDown }
      : { dev, via, onlink, weight, isDead, isLinkDown };
  }
  return {
    ...(dev !== undefined && { dev }),
    ...(via !== undefined && { via }),
    onlink,
    weight,
    isDead,
    isLinkDown,
    ...(encap !== undefined && { encap }),
  };
}

function readVia(entry: Entry): IP | undefined {
  const via = child(entry, 'via');
  const gateway = via === undefined ? optionalIP(entry, 'gateway') : optionalIP(via, 'host');
  return gateway !== undefined && !isUnspecified(gateway) ? gateway : undefined;
}

const NO_NEXTHOPS: readonly Nexthop[] = [];
