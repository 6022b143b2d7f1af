/** Prints a policy rule as `ip rule` does. */
import { has, optionalNumber, optionalText } from './fields.ts';
import type { Entry } from './json-section.ts';
import { protocolName } from '../../model/packet.ts';
import { dsfieldWord, protocolWord, tableId, tableName } from './names.ts';

const ACTIONS: Readonly<Record<string, string>> = { '6': 'blackhole', '7': 'unreachable', '8': 'prohibit' };

export function printRuleEntry(entry: Entry): string {
  const out: string[] = [`${optionalText(entry, 'priority')}:`];
  if (has(entry, 'not')) out.push('not');
  out.push('from', address(entry, 'src', 'srclen') ?? 'all');
  putWord(out, 'to', address(entry, 'dst', 'dstlen'));
  const tos = optionalText(entry, 'tos');
  putWord(out, 'tos', tos === undefined ? undefined : dsfieldWord(tos));
  const mask = optionalText(entry, 'fwmask');
  const mark = optionalText(entry, 'fwmark') ?? (mask === undefined ? undefined : '0');
  putWord(out, 'fwmark', mask === undefined ? mark : `${mark}/${mask}`);
  for (const dev of ['iif', 'oif']) {
    putWord(out, dev, optionalText(entry, dev));
    if (has(entry, `${dev}_detached`)) out.push('[detached]');
  }
  putWord(out, 'uidrange', range(entry, 'uid'));
  putWord(out, 'ipproto', protocol(entry));
  putWord(out, 'sport', range(entry, 'sport'));
  putWord(out, 'dport', range(entry, 'dport'));
  putWord(out, 'tun_id', optionalText(entry, 'tun_id'));
  putAction(out, entry);
  return out.join(' ');
}

function putAction(out: string[], entry: Entry): void {
  const action = optionalText(entry, 'action');
  if (has(entry, 'goto')) {
    out.push('goto', optionalText(entry, 'goto') ?? '');
    if (has(entry, 'unresolved')) out.push('[unresolved]');
  } else if (has(entry, 'nop')) out.push('nop');
  else if (action !== undefined) out.push(ACTIONS[action] ?? action);
  else if (has(entry, 'l3mdev')) out.push('lookup', '[l3mdev-table]');
  else putTable(out, entry);
  const proto = optionalText(entry, 'protocol');
  putWord(out, 'proto', proto === undefined ? undefined : protocolWord(proto));
  const to = optionalText(entry, 'flow_to');
  const from = optionalText(entry, 'flow_from');
  if (to !== undefined) out.push('realms', from === undefined ? to : `${from}/${to}`);
  if (has(entry, 'masquerade')) out.push('masquerade');
}

function putTable(out: string[], entry: Entry): void {
  const table = optionalText(entry, 'table');
  if (table === undefined) return;
  const id = tableId(table);
  out.push('lookup', id === undefined ? table : tableName(id));
  const length = optionalNumber(entry, 'suppress_prefixlen');
  putWord(out, 'suppress_prefixlength', length === undefined ? undefined : String(length));
  putWord(out, 'suppress_ifgroup', optionalText(entry, 'suppress_ifgroup'));
}

function address(entry: Entry, key: string, lengthKey: string): string | undefined {
  const text = optionalText(entry, key);
  const length = optionalText(entry, lengthKey);
  return text === undefined || length === undefined ? text : `${text}/${length}`;
}

function range(entry: Entry, name: string): string | undefined {
  const single = optionalText(entry, name);
  if (single !== undefined) return single;
  const start = optionalText(entry, `${name}_start`);
  return start === undefined ? undefined : `${start}-${optionalText(entry, `${name}_end`)}`;
}

function protocol(entry: Entry): string | undefined {
  const text = optionalText(entry, 'ipproto');
  const number = text === undefined ? undefined : /^(?:ipproto-)?(\d+)$/.exec(text)?.[1];
  // /etc/protocols has another name than iptables for one of them.
  if (number === '58') return 'ipv6-icmp';
  return number === undefined ? text : protocolName(Number(number));
}

function putWord(out: string[], word: string, value: string | undefined): void {
  if (value !== undefined) out.push(word, value);
}
