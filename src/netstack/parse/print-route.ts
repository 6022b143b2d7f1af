/** Prints a route as `ip route show table all` does, on one line. */
import { bits } from '../../model/address.ts';
import type { Family, Prefix } from '../../model/address.ts';
import { has, optionalText, words } from './fields.ts';
import { child, children } from './json-section.ts';
import type { Entry } from './json-section.ts';
import { dsfieldWord, protocolWord, scopeName, TABLE, tableName } from './names.ts';

export interface RouteHead {
  readonly type: string;
  readonly table: number;
  readonly dst: Prefix;
  readonly family: Family;
}

/** Names instead of numbers, `main` unsaid, the nexthops of a multipath route on the same line. */
export function printRouteEntry(entry: Entry, head: RouteHead): string {
  const out: string[] = [];
  if (head.type !== 'unicast') out.push(head.type);
  out.push(printPrefix(head.dst, head.family));
  put(out, entry, 'from', 'from');
  put(out, entry, 'nhid', 'nhid');
  const tos = optionalText(entry, 'tos');
  if (tos !== undefined) out.push('tos', dsfieldWord(tos));
  putNexthop(out, entry);
  if (head.table !== TABLE.main) out.push('table', tableName(head.table));
  const protocol = optionalText(entry, 'protocol');
  if (protocol !== undefined) out.push('proto', protocolWord(protocol));
  const scope = optionalText(entry, 'scope');
  if (scope !== undefined) out.push('scope', scopeName(scope));
  put(out, entry, 'prefsrc', 'src');
  put(out, entry, 'metric', 'metric');
  out.push(...words(entry, 'flags'));
  putRealms(out, entry);
  putMetrics(out, entry);
  if (has(entry, 'expires')) out.push('expires', `${optionalText(entry, 'expires')}sec`);
  put(out, entry, 'pref', 'pref');
  for (const nexthop of children(entry, 'nexthops')) {
    out.push('nexthop');
    putNexthop(out, nexthop);
    put(out, nexthop, 'weight', 'weight');
    out.push(...words(nexthop, 'flags'));
  }
  return out.join(' ');
}

/** `default`, or the block; an address alone where it is one. */
export function printPrefix(block: Prefix, family: Family): string {
  if (block.length === 0) return 'default';
  return block.length === bits(family) ? block.ip.text : block.text;
}

function putNexthop(out: string[], entry: Entry): void {
  if (has(entry, 'encap')) {
    out.push('encap', optionalText(entry, 'encap') ?? '');
    for (const [key, value] of Object.entries(entry.fields)) {
      if (key.startsWith('encap_')) out.push(key.slice(6), Array.isArray(value) ? value.join(' ') : String(value));
    }
  }
  const via = child(entry, 'via');
  if (via !== undefined) out.push('via', optionalText(via, 'family') ?? '', optionalText(via, 'host') ?? '');
  put(out, entry, 'gateway', 'via');
  put(out, entry, 'dev', 'dev');
}

function putRealms(out: string[], entry: Entry): void {
  const flow = child(entry, 'flow');
  if (flow === undefined) return;
  const from = optionalText(flow, 'from');
  const to = optionalText(flow, 'to') ?? '';
  out.push('realms', from === undefined ? to : `${from}/${to}`);
}

/** Times are printed in milliseconds, everything else as it is. */
const MILLISECONDS = new Set(['rtt', 'rttvar', 'rto_min']);

function putMetrics(out: string[], entry: Entry): void {
  for (const metrics of children(entry, 'metrics')) {
    for (const [key, value] of Object.entries(metrics.fields)) {
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      out.push(key === 'congestion' ? 'congctl' : key, MILLISECONDS.has(key) ? `${text}ms` : text);
    }
  }
}

function put(out: string[], entry: Entry, key: string, word: string): void {
  const text = optionalText(entry, key);
  if (text !== undefined) out.push(word, text);
}
