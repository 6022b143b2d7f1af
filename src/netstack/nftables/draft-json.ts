/** Draft reader of `nft -j list ruleset`, until the real parser is there. */
import { parseIP } from '../../model/address.ts';
import { protocolNumber } from '../iptables/protocols.ts';
import type { Chain, Element, Expr, NftFamily, NftSet, Rule, RuleSet, Statement, Table, Verdict } from './types.ts';

type Json = Readonly<Record<string, unknown>>;
type Kind =
  | 'state'
  | 'status'
  | 'direction'
  | 'proto'
  | 'nfproto'
  | 'ethertype'
  | 'fibtype'
  | 'tcpflags'
  | 'icmp'
  | 'icmpv6'
  | 'dscp'
  | 'icmpcode'
  | 'icmp6code'
  | 'devgroup'
  | 'ecn'
  | 'pkttype'
  | 'mac'
  | 'iftype'
  | undefined;

const SYMBOLS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  state: { invalid: 1, established: 2, related: 4, new: 8, untracked: 64 },
  status: { expected: 1, 'seen-reply': 2, assured: 4, confirmed: 8, snat: 16, dnat: 32, dying: 512 },
  direction: { original: 0, reply: 1 },
  nfproto: { ipv4: 2, ipv6: 10 },
  ethertype: { ip: 0x800, ip6: 0x86dd, arp: 0x806, vlan: 0x8100, '8021q': 0x8100, '8021ad': 0x88a8 },
  fibtype: {
    unspec: 0,
    unicast: 1,
    local: 2,
    broadcast: 3,
    anycast: 4,
    multicast: 5,
    blackhole: 6,
    unreachable: 7,
    prohibit: 8,
    throw: 9,
    nat: 10,
    xresolve: 11,
  },
  tcpflags: { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32, ecn: 64, cwr: 128 },
  icmp: {
    'echo-reply': 0,
    'destination-unreachable': 3,
    'source-quench': 4,
    redirect: 5,
    'echo-request': 8,
    'router-advertisement': 9,
    'router-solicitation': 10,
    'time-exceeded': 11,
    'parameter-problem': 12,
    'timestamp-request': 13,
    'timestamp-reply': 14,
    'info-request': 15,
    'info-reply': 16,
    'address-mask-request': 17,
    'address-mask-reply': 18,
  },
  icmpv6: {
    'destination-unreachable': 1,
    'packet-too-big': 2,
    'time-exceeded': 3,
    'parameter-problem': 4,
    'echo-request': 128,
    'echo-reply': 129,
    'mld-listener-query': 130,
    'mld-listener-report': 131,
    'mld-listener-done': 132,
    'nd-router-solicit': 133,
    'nd-router-advert': 134,
    'nd-neighbor-solicit': 135,
    'nd-neighbor-advert': 136,
    'nd-redirect': 137,
    'mld2-listener-report': 143,
  },
  dscp: {
    cs0: 0,
    cs1: 8,
    cs2: 16,
    cs3: 24,
    cs4: 32,
    cs5: 40,
    cs6: 48,
    cs7: 56,
    af11: 10,
    af12: 12,
    af13: 14,
    af21: 18,
    af22: 20,
    af23: 22,
    af31: 26,
    af32: 28,
    af33: 30,
    af41: 34,
    af42: 36,
    af43: 38,
    ef: 46,
    le: 1,
  },
  icmpcode: {
    'net-unreachable': 0,
    'host-unreachable': 1,
    'prot-unreachable': 2,
    'port-unreachable': 3,
    'net-prohibited': 9,
    'host-prohibited': 10,
    'admin-prohibited': 13,
    'frag-needed': 4,
  },
  icmp6code: {
    'no-route': 0,
    'admin-prohibited': 1,
    'addr-unreachable': 3,
    'port-unreachable': 4,
    'policy-fail': 5,
    'reject-route': 6,
  },
  devgroup: { default: 0 },
  ecn: { 'not-ect': 0, ect1: 1, ect0: 2, ce: 3 },
  pkttype: { host: 0, unicast: 0, broadcast: 1, multicast: 2, other: 3 },
  iftype: { ether: 1, loopback: 772 },
};

export function parseNftJson(text: string): RuleSet {
  const objects = (JSON.parse(text) as { nftables: Json[] }).nftables;
  const tables = new Map<
    string,
    {
      table: { -readonly [K in keyof Table]: Table[K] };
      chains: Map<string, Chain & { rules: Rule[] }>;
      sets: Map<string, NftSet>;
    }
  >();
  const dynamic = new Set<string>();
  for (const [, table, name] of text.matchAll(/\{"set": \{"op": "(?:add|update|delete)".*?"set": "@([^"]*)"(.)/g))
    (void [table, name], dynamic.add(table!));
  for (const [, name] of text.matchAll(/\{"map": \{"op": "(?:add|update|delete)".*?"map": "@([^"]*)"/g))
    dynamic.add(name!);
  for (const object of objects) {
    const [kind, raw] = Object.entries(object)[0]!;
    const value = raw as Json;
    const key = `${value['family']} ${value['table'] ?? value['name']}`;
    if (kind === 'table') {
      const chains = new Map<string, Chain & { rules: Rule[] }>();
      const sets = new Map<string, NftSet>();
      const flags = value['flags'];
      tables.set(key, {
        chains,
        sets,
        table: {
          family: value['family'] as NftFamily,
          name: String(value['name']),
          handle: Number(value['handle']),
          flags: flags === undefined ? [] : [flags].flat().map(String),
          chains,
          sets,
        },
      });
      continue;
    }
    const table = tables.get(key);
    if (table === undefined) continue;
    if (kind === 'chain') {
      const dev = value['dev'];
      table.chains.set(String(value['name']), {
        name: String(value['name']),
        handle: Number(value['handle']),
        ...(value['hook'] === undefined
          ? {}
          : {
              base: {
                type: value['type'] as 'filter',
                hook: String(value['hook']),
                priority: Number(value['prio']),
                policy: value['policy'] === 'drop' ? ('drop' as const) : ('accept' as const),
                devices: dev === undefined ? [] : [dev].flat().map(String),
              },
            }),
        rules: [],
      });
    } else if (kind === 'rule') {
      const statements = ((value['expr'] as Json[]) ?? []).map(statement);
      table.chains
        .get(String(value['chain']))
        ?.rules.push({ handle: Number(value['handle']), raw: statements.map((one) => one.raw).join(' '), statements });
    } else if (kind === 'set' || kind === 'map') {
      const name = String(value['name']);
      const types = [value['type']].flat().map((one) => kindOfType(String(one)));
      const elements = ((value['elem'] ?? []) as unknown[]).map((one) => element(one, types));
      const flags = [value['flags'] ?? []].flat();
      table.sets.set(name, { kind, name, isDynamic: dynamic.has(name) || flags.includes('dynamic'), elements });
    }
  }
  return { tables: [...tables.values()].map(({ table }) => table) };
}

function kindOfType(type: string): Kind {
  return (
    {
      ct_state: 'state',
      ct_status: 'status',
      ct_dir: 'direction',
      inet_proto: 'proto',
      nf_proto: 'nfproto',
      ether_type: 'ethertype',
      fib_addrtype: 'fibtype',
      tcp_flag: 'tcpflags',
      icmp_type: 'icmp',
      icmpv6_type: 'icmpv6',
      dscp: 'dscp',
      pkt_type: 'pkttype',
      ether_addr: 'mac',
    } as const
  )[type as 'dscp'];
}

function kindOf(left: Expr): Kind | readonly Kind[] {
  switch (left.kind) {
    case 'concat':
      return left.parts.map((part) => kindOf(part) as Kind);
    case 'ct':
      return left.key === 'state'
        ? 'state'
        : left.key === 'status'
          ? 'status'
          : left.key === 'direction'
            ? 'direction'
            : left.key === 'protocol'
              ? 'proto'
              : left.key === 'l3proto'
                ? 'nfproto'
                : undefined;
    case 'meta':
      return left.key === 'l4proto'
        ? 'proto'
        : left.key === 'nfproto'
          ? 'nfproto'
          : left.key === 'protocol'
            ? 'ethertype'
            : left.key === 'pkttype'
              ? 'pkttype'
              : left.key === 'iifgroup' || left.key === 'oifgroup'
                ? 'devgroup'
                : left.key === 'iiftype' || left.key === 'oiftype'
                  ? 'iftype'
                  : undefined;
    case 'fib':
      return left.result === 'type' ? 'fibtype' : undefined;
    case 'payload':
      if (left.field === 'flags' && left.protocol === 'tcp') return 'tcpflags';
      if (left.field === 'type' && left.protocol === 'icmp') return 'icmp';
      if (left.field === 'type' && left.protocol === 'icmpv6') return 'icmpv6';
      if (left.field === 'code') return left.protocol === 'icmp' ? 'icmpcode' : 'icmp6code';
      if (left.field === 'dscp' || left.field === 'ecn') return left.field;
      if (left.field === 'protocol' || left.field === 'nexthdr') return 'proto';
      if (left.protocol === 'ether') return left.field === 'type' ? 'ethertype' : 'mac';
      return undefined;
    case 'binary':
      return kindOf(left.left);
    case 'map':
      return undefined;
    default:
      return undefined;
  }
}

function element(value: unknown, kinds: readonly Kind[]): Element {
  if (Array.isArray(value)) {
    const [key, data] = value as [unknown, unknown];
    const verdict = verdictOf(data);
    return { ...element(key, kinds), data: verdict ?? constant(data, undefined) };
  }
  const inner =
    typeof value === 'object' && value !== null && 'elem' in value
      ? (value as { elem: { val: unknown } }).elem.val
      : value;
  return { key: inner === '*' ? { kind: 'any' } : constant(inner, kinds.length === 1 ? kinds[0] : kinds) };
}

function constant(value: unknown, kind: Kind | readonly Kind[]): Expr {
  if (typeof value === 'number') return { kind: 'number', value };
  if (typeof value === 'boolean') return { kind: 'bool', value };
  const only = Array.isArray(kind) ? (kind[0] as Kind) : (kind as Kind);
  if (typeof value === 'string') {
    if (value.startsWith('@')) return { kind: 'set-ref', name: value.slice(1) };
    if (only === 'mac' && /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(value))
      return { kind: 'number', value: Number.parseInt(value.replaceAll(':', ''), 16) };
    const symbol = only === 'proto' ? protocolNumber(value) : only === undefined ? undefined : SYMBOLS[only]?.[value];
    if (symbol !== undefined) return { kind: 'number', value: symbol };
    const ip = parseIP(value);
    if (ip !== undefined) return { kind: 'address', value: ip };
    if (/^(0x[0-9a-f]+|\d+)$/i.test(value)) return { kind: 'number', value: Number(value) };
    return { kind: 'text', value };
  }
  if (Array.isArray(value)) return { kind: 'list', items: value.map((one) => constant(one, kind)) };
  const [name, inner] = Object.entries(value as Json)[0]!;
  switch (name) {
    case 'prefix': {
      const { addr, len } = inner as { addr: unknown; len: number };
      return { kind: 'prefix', address: constant(addr, only), length: len };
    }
    case 'range': {
      const [first, last] = inner as [unknown, unknown];
      return { kind: 'range', first: constant(first, only), last: constant(last, only) };
    }
    case 'concat':
      return {
        kind: 'concat',
        parts: (inner as unknown[]).map((one, i) => constant(one, Array.isArray(kind) ? (kind[i] as Kind) : undefined)),
      };
    case 'set': {
      const kinds = Array.isArray(kind) ? (kind as readonly Kind[]) : [only];
      return {
        kind: 'set',
        elements: [inner]
          .flat()
          .map((one) => element(one, kinds))
          .concat(),
      };
    }
    case '|':
      return orOf((inner as unknown[]).map((one) => constant(one, only)));
    default:
      return expression(value);
  }
}

function orOf(parts: readonly Expr[]): Expr {
  let sum = 0;
  for (const part of parts) {
    if (part.kind !== 'number') return { kind: 'unknown', raw: '|' };
    sum |= part.value;
  }
  return { kind: 'number', value: sum };
}

function mapData(value: unknown, key: Expr): Expr {
  if (typeof value === 'string') return constant(value, undefined);
  const set = (value as { set: unknown[] }).set;
  const kind = kindOf(key);
  const kinds = Array.isArray(kind) ? (kind as readonly Kind[]) : [kind as Kind];
  return { kind: 'set', elements: set.map((one) => element(one, kinds)) };
}

function expression(value: unknown): Expr {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return constant(value, undefined);
  const [name, inner] = Object.entries(value as Json)[0]!;
  const json = inner as Json;
  switch (name) {
    case 'payload':
      return json['protocol'] === undefined
        ? {
            kind: 'raw-payload',
            base: String(json['base']),
            offset: Number(json['offset']),
            length: Number(json['len']),
          }
        : { kind: 'payload', protocol: String(json['protocol']), field: String(json['field']) };
    case 'meta':
      return { kind: 'meta', key: String(json['key']) };
    case 'ct':
      return {
        kind: 'ct',
        key: String(json['key']),
        ...(json['dir'] === undefined ? {} : { direction: json['dir'] as 'reply' }),
      };
    case 'fib':
      return { kind: 'fib', result: String(json['result']), flags: [json['flags'] ?? []].flat().map(String) };
    case 'numgen':
      return {
        kind: 'numgen',
        mode: String(json['mode']),
        mod: Number(json['mod']),
        offset: Number(json['offset'] ?? 0),
      };
    case 'jhash':
    case 'symhash':
      return {
        kind: 'hash',
        name,
        mod: Number(json['mod']),
        offset: Number(json['offset'] ?? 0),
        ...(json['expr'] === undefined ? {} : { source: expression(json['expr']) }),
      };
    case 'exthdr':
      return {
        kind: 'header',
        of: String(json['name']),
        ...(json['field'] === undefined ? {} : { field: String(json['field']) }),
      };
    case 'tcp option':
      return { kind: 'header', of: 'tcp', ...(json['field'] === undefined ? {} : { field: String(json['field']) }) };
    case 'ip option':
      return { kind: 'header', of: 'ip', ...(json['field'] === undefined ? {} : { field: String(json['field']) }) };
    case 'concat':
      return { kind: 'concat', parts: (inner as unknown[]).map(expression) };
    case 'map': {
      const key = expression(json['key']);
      return { kind: 'map', key, data: mapData(json['data'], key) };
    }
    case '&':
    case '|':
    case '^':
    case '<<':
    case '>>': {
      const [left, ...rest] = inner as unknown[];
      const first = expression(left);
      return rest.reduce<Expr>(
        (sum, right) => ({ kind: 'binary', op: name, left: sum, right: constant(right, kindOf(first)) }),
        first,
      );
    }
    case 'prefix':
    case 'range':
    case 'set':
      return constant(value, undefined);
    default:
      return { kind: 'unknown', raw: JSON.stringify(value) };
  }
}

function verdictOf(value: unknown): Verdict | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const [name, inner] = Object.entries(value as Json)[0] ?? [];
  switch (name) {
    case 'accept':
    case 'drop':
    case 'return':
    case 'continue':
      return { kind: name };
    case 'jump':
    case 'goto':
      return { kind: name, chain: String((inner as Json)['target']) };
    default:
      return undefined;
  }
}

const QUIET = new Set([
  'counter',
  'log',
  'last',
  'dup',
  'flow',
  'secmark',
  'ct helper',
  'ct timeout',
  'ct expectation',
]);

function statement(value: Json): Statement {
  const raw = JSON.stringify(value);
  const verdict = verdictOf(value);
  if (verdict !== undefined) return { kind: 'verdict', verdict, raw };
  const [name, inner] = Object.entries(value)[0]!;
  const json = (inner ?? {}) as Json;
  if (QUIET.has(name)) return { kind: 'quiet', raw };
  switch (name) {
    case 'match': {
      const left = expression(json['left']);
      return { kind: 'match', op: json['op'] as '==', left, right: constant(json['right'], kindOf(left)), raw };
    }
    case 'vmap': {
      const key = expression(json['key']);
      return { kind: 'vmap', key, data: mapData(json['data'], key), raw };
    }
    case 'mangle': {
      const key = expression(json['key']);
      const right = json['value'];
      const isPlain = typeof right !== 'object' || right === null;
      return { kind: 'mangle', key, value: isPlain ? constant(right, kindOf(key)) : expression(right), raw };
    }
    case 'notrack':
      return { kind: 'notrack', raw };
    case 'snat':
    case 'dnat':
    case 'masquerade':
    case 'redirect': {
      const flags = [json['flags'] ?? []].flat().map(String);
      return {
        kind: 'nat',
        how: name,
        flags,
        raw,
        ...(json['family'] === undefined ? {} : { family: json['family'] as 'ip' }),
        ...(json['addr'] === undefined ? {} : { address: expression(json['addr']) }),
        ...(json['port'] === undefined ? {} : { port: expression(json['port']) }),
      };
    }
    case 'reject':
      return {
        kind: 'reject',
        raw,
        ...(json['type'] === undefined ? {} : { with: String(json['type']) }),
        ...(json['expr'] === undefined ? {} : { code: String(json['expr']) }),
      };
    case 'limit':
    case 'quota':
    case 'meter':
      return { kind: 'counted', raw };
    case 'ct count':
      return { kind: 'ct-count', over: json['inv'] === true, count: Number(json['val']), raw };
    case 'set':
    case 'map': {
      const elem = json['elem'];
      const key =
        typeof elem === 'object' && elem !== null && 'elem' in elem ? (elem as { elem: Json }).elem['val'] : elem;
      const inners = ((json['stmt'] ?? []) as Json[]).map((one) => {
        const [kind, data] = Object.entries(one)[0]!;
        return { kind: kind === 'ct count' ? 'ct-count' : kind, over: (data as Json | null)?.['inv'] === true };
      });
      return {
        kind: 'set',
        op: json['op'] as 'add',
        set: String(json[name]).slice(1),
        key: expression(key),
        inner: inners,
        raw,
      };
    }
    case 'queue':
      return { kind: 'queue', flags: [json['flags'] ?? []].flat().map(String), raw };
    case 'tproxy':
      return {
        kind: 'tproxy',
        raw,
        ...(json['family'] === undefined ? {} : { family: json['family'] as 'ip' }),
        ...(json['addr'] === undefined ? {} : { address: expression(json['addr']) }),
        ...(json['port'] === undefined ? {} : { port: expression(json['port']) }),
      };
    case 'xt': {
      return { kind: 'unknown', raw };
    }
    default:
      return { kind: 'unknown', raw };
  }
}
