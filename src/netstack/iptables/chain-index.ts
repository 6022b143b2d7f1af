/**
 * Finds a long chain's candidate rules for a packet without looking at each of them. A rule that asks for one exact
 * value of some property (destination, source, destination port, interface) stands in that value's list; the others
 * stand in a list of their own. The order of the rules is kept.
 */
import type { IP } from '../../model/address.ts';
import { PROTOCOL } from '../../model/packet.ts';
import type { Packet } from '../../model/packet.ts';
import type { PacketMeta } from '../netfilter/types.ts';
import type { CompiledRule, Header } from './compile-rule.ts';
import { parsePorts } from './matches/transport.ts';

/** Addresses by a mix of their words: a rule that shares it by chance is asked in vain, no more. */
type Key = string | number;

/** One property to look rules up by. */
interface Dimension {
  /** The values that the rule can match at all; undefined where it is not bound to a few. */
  keysOf(rule: CompiledRule): readonly Key[] | undefined;
  /** The packet's value; undefined where it may have several. */
  keyOf(packet: Packet, meta: PacketMeta): Key | undefined;
}

/** The first dimension that can take a rule gets it. */
const DIMENSIONS: readonly Dimension[] = [
  { keysOf: ({ header }) => oneAddress(header.dst), keyOf: (packet) => addressKey(packet.dst) },
  { keysOf: ({ header }) => oneAddress(header.src), keyOf: (packet) => addressKey(packet.src) },
  {
    keysOf: destinationPorts,
    keyOf: ({ dport, protocol }) => (dport.min === dport.max ? portKey(protocol, dport.min) : undefined),
  },
  { keysOf: ({ header }) => oneInterface(header.oif), keyOf: (_packet, meta) => meta.oif ?? '' },
  { keysOf: ({ header }) => oneInterface(header.iif), keyOf: (_packet, meta) => meta.iif ?? '' },
];

/** Positions of rules, ascending. */
type Positions = readonly number[];

interface Lists {
  readonly dimension: Dimension;
  readonly byKey: ReadonlyMap<Key, Positions>;
  /** All rules of this dimension, for a packet that may have several values. */
  readonly all: Positions;
}

export interface ChainIndex {
  readonly lists: readonly Lists[];
  readonly rest: Positions;
}

/** Shorter chains are scanned. */
const WORTH_AN_INDEX = 12;

/** Undefined where scanning the chain is as good. */
export function indexChain(rules: readonly CompiledRule[]): ChainIndex | undefined {
  if (rules.length < WORTH_AN_INDEX) return undefined;
  const building = DIMENSIONS.map((dimension) => ({ dimension, byKey: new Map<Key, number[]>(), all: [] as number[] }));
  const rest: number[] = [];
  for (const [position, rule] of rules.entries()) {
    const place = building.find(({ dimension }) => dimension.keysOf(rule) !== undefined);
    if (place === undefined) {
      rest.push(position);
      continue;
    }
    place.all.push(position);
    for (const key of place.dimension.keysOf(rule)!) {
      const list = place.byKey.get(key);
      if (list === undefined) place.byKey.set(key, [position]);
      else list.push(position);
    }
  }
  const lists = building.filter(({ all }) => all.length > 0);
  return lists.length === 0 ? undefined : { lists, rest };
}

/** Positions of the rules that may match the packet, ascending. */
export function candidates(index: ChainIndex, packet: Packet, meta: PacketMeta): Positions {
  let found = index.rest;
  for (const { dimension, byKey, all } of index.lists) {
    const key = dimension.keyOf(packet, meta);
    const list = key === undefined ? all : byKey.get(key);
    if (list !== undefined) found = found.length === 0 ? list : merge(found, list);
  }
  return found;
}

function merge(x: Positions, y: Positions): Positions {
  const merged: number[] = [];
  let i = 0;
  let j = 0;
  while (i < x.length && j < y.length) merged.push(x[i]! < y[j]! ? x[i++]! : y[j++]!);
  while (i < x.length) merged.push(x[i++]!);
  while (j < y.length) merged.push(y[j++]!);
  return merged;
}

function oneAddress(condition: Header['dst']): readonly Key[] | undefined {
  return condition?.only === undefined || condition.isInverted ? undefined : [addressKey(condition.only)];
}

function addressKey({ a, b, c, d }: IP): number {
  return a ^ b ^ c ^ d;
}

function oneInterface(condition: Header['iif']): readonly Key[] | undefined {
  return condition === undefined || condition.isInverted || condition.isPrefix ? undefined : [condition.name];
}

/** Rules for more ports than this are not listed under each. */
const MOST_PORTS = 16;

function destinationPorts({ header, options }: CompiledRule): readonly Key[] | undefined {
  const { protocol } = header;
  if (protocol === undefined || header.isProtocolInverted) return undefined;
  const module = protocol === PROTOCOL.tcp ? 'tcp' : protocol === PROTOCOL.udp ? 'udp' : undefined;
  const option =
    (module === undefined ? undefined : options.get(module)?.get('--dport')) ??
    options.get('multiport')?.get('--dports');
  if (option === undefined || option.isInverted) return undefined;
  const keys: number[] = [];
  for (const text of option.values[0]!.split(',')) {
    const range = parsePorts(text);
    if (range === undefined || keys.length + range.max - range.min >= MOST_PORTS) return undefined;
    for (let port = range.min; port <= range.max; port++) keys.push(portKey(protocol, port));
  }
  return [...new Set(keys)];
}

function portKey(protocol: number, port: number): number {
  return protocol * 0x10000 + port;
}
