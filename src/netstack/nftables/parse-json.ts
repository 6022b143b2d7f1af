/** Reads `nft -j list ruleset`: what libnftables says, with less in it than in the text (see parse-text.ts). */
import { dataType } from './data-type.ts';
import { chainType, draftTable, isFamily } from './draft-table.ts';
import type { DraftTable } from './draft-table.ts';
import { jsonElements } from './json-expression.ts';
import { jsonObject } from './json-object.ts';
import { asList, asNumber, asText, isJson, jsonText } from './json-shape.ts';
import type { Json } from './json-shape.ts';
import { innerStatement, jsonStatements } from './json-statement.ts';
import { LazyRule, lazySet } from './lazy.ts';
import { NftSyntaxError, NotUnderstood } from './syntax-error.ts';
import type { Element, NftSet, Rule, RuleSet } from './types.ts';

type Tables = Map<string, DraftTable>;

/** Empty text is no tables. Throws NftSyntaxError. */
export function parseNftJson(text: string): RuleSet {
  if (text.trim() === '') return { tables: [] };
  const tables: Tables = new Map();
  for (const [i, object] of objectsOf(text).entries()) {
    const [kind = '', value] = isJson(object) ? (Object.entries(object)[0] ?? []) : [];
    try {
      if (!isJson(value)) throw new NotUnderstood('not an object of nft');
      read(tables, kind, value);
    } catch (error) {
      if (!(error instanceof NotUnderstood)) throw error;
      throw new NftSyntaxError(`object ${i + 1} (${kind === '' ? 'of no kind' : kind.slice(0, 40)})`, error.message);
    }
  }
  return { tables: [...tables.values()] };
}

function objectsOf(text: string): readonly unknown[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new NftSyntaxError('nft -j list ruleset', `not JSON: ${error instanceof Error ? error.message : ''}`);
  }
  if (!isJson(value) || !Array.isArray(value['nftables']))
    throw new NftSyntaxError('nft -j list ruleset', 'has no list of the name nftables');
  return value['nftables'];
}

/** Kinds that are new or of no interest (`metainfo`) are passed over. */
function read(tables: Tables, kind: string, json: Json): void {
  if (kind === 'table') return readTable(tables, json);
  const { family, table: name } = json;
  if (family === undefined || name === undefined) return;
  const table = tables.get(`${asText(family)} ${asText(name)}`);
  if (table === undefined) throw new NotUnderstood(`table ${asText(family)} ${asText(name)} comes later or not at all`);
  switch (kind) {
    case 'chain':
      return readChain(table, json);
    case 'rule':
      return readRule(table, json);
    case 'set':
    case 'map':
      table.sets.set(asText(json['name']), readSet(kind, json));
      return;
    default: {
      const object = jsonObject(kind, json);
      if (object !== undefined) table.objects.push(object);
    }
  }
}

/** nft 1.0.6 has another word in the place of the flags. */
function readTable(tables: Tables, { family, name, handle, flags, comment }: Json): void {
  if (!isFamily(family)) throw new NotUnderstood(`family ${jsonText(family)} is none`);
  const words = asList(flags).map(asText);
  const isRead = words.every((word) => word === 'dormant' || word === 'owner' || word === 'persist');
  const table = draftTable(family, asText(name), handleOf(handle));
  tables.set(`${family} ${table.name}`, {
    ...table,
    flags: isRead ? words : [],
    ...(isRead ? {} : { hasUnreadFlags: true }),
    ...(comment === undefined ? {} : { comment: asText(comment) }),
  });
}

function readChain(table: DraftTable, json: Json): void {
  const { name, handle, hook, prio, policy, comment } = json;
  const devices = asList(json['dev']).map(asText);
  const isBound = hook === 'ingress' || hook === 'egress';
  table.chains.set(asText(name), {
    name: asText(name),
    ...numbered(handle),
    ...(comment === undefined ? {} : { comment: asText(comment) }),
    ...(hook === undefined
      ? {}
      : {
          base: {
            type: chainType(json['type']),
            hook: asText(hook),
            priority: asNumber(prio),
            policy: policy === 'drop' ? 'drop' : 'accept',
            devices,
            ...(isBound && devices.length === 0 ? { hasUnreadDevices: true as const } : {}),
          },
        }),
    rules: [],
  });
}

function readRule(table: DraftTable, json: Json): void {
  const { chain: name, expr, handle, comment } = json;
  const chain = table.chains.get(asText(name));
  if (chain === undefined) throw new NotUnderstood(`chain ${asText(name)} comes later or not at all`);
  const { family } = table;
  const known = { ...numbered(handle), ...(comment === undefined ? {} : { comment: asText(comment) }) };
  const source = {
    statements: () => jsonStatements(expr, family),
    shape: () => shapeOf(asList(expr)),
  };
  chain.rules.push(new LazyRule(source, known));
  if (table.sets.size > 0) for (const statement of asList(expr)) markUpdated(table, statement);
}

function shapeOf(statements: readonly unknown[]): Rule['shape'] {
  let isCounting = false;
  let isLookingUp = false;
  for (const statement of statements) {
    if (!isJson(statement)) continue;
    if ('counter' in statement) isCounting = true;
    else if ('vmap' in statement) return 'other';
    else isLookingUp ||= looksUp(statement['match']);
  }
  if (!isCounting) return 'other';
  return isLookingUp ? 'counting-and-looking-up' : 'counting';
}

function looksUp(match: unknown): boolean {
  return isJson(match) && isJson(match['right']) && 'set' in match['right'];
}

/** That a set is `dynamic` is not said: what a rule puts elements into is. */
function markUpdated(table: DraftTable, statement: unknown): void {
  const reference = isJson(statement)
    ? (updatedBy(statement['set'], 'set') ?? updatedBy(statement['map'], 'map'))
    : /^(?:add|update|delete) (@\S+)/.exec(typeof statement === 'string' ? statement : '')?.[1];
  const set = reference === undefined ? undefined : table.sets.get(reference.replace(/^@/, ''));
  if (set !== undefined) set.isDynamic = true;
}

function updatedBy(change: unknown, key: string): string | undefined {
  return isJson(change) && typeof change[key] === 'string' ? change[key] : undefined;
}

function readSet(kind: 'set' | 'map', json: Json): NftSet {
  const { name, handle, type, map, timeout, size, policy, comment, stmt, elem } = json;
  const gcInterval = json['gc-interval'];
  const flags = asList(json['flags']).map(asText);
  const keyTypes = typeNames(type);
  const dataTypes = map === undefined ? [] : typeNames(map);
  const elementStatements = asList(stmt).map((one) => innerStatement(one).raw);
  const set = {
    kind,
    name: asText(name),
    ...numbered(handle),
    keyTypes,
    ...(kind === 'map' ? { dataTypes } : {}),
    flags,
    isDynamic: flags.includes('dynamic'),
    ...(timeout === undefined ? {} : { timeout: asNumber(timeout) }),
    ...(gcInterval === undefined ? {} : { gcInterval: asNumber(gcInterval) }),
    ...(size === undefined ? {} : { size: asNumber(size) }),
    ...(policy === undefined ? {} : { policy: asText(policy) }),
    ...(json['auto-merge'] === true ? { isAutoMerge: true as const } : {}),
    ...(comment === undefined ? {} : { comment: asText(comment) }),
    ...(elementStatements.length === 0 ? {} : { elementStatements }),
  };
  return lazySet(set, () => readElements(elem, keyTypes, dataTypes));
}

/** One that is not understood leaves what is in the set unknown. */
function readElements(elem: unknown, keyTypes: readonly string[], dataTypes: readonly string[]): readonly Element[] {
  try {
    return jsonElements(elem, keyTypes.map(dataType), dataTypes.map(dataType));
  } catch (error) {
    if (!(error instanceof NotUnderstood)) throw error;
    return [{ key: { kind: 'unknown', raw: error.message } }];
  }
}

/** Types of several fields are a list, or words with dots between. */
function typeNames(type: unknown): readonly string[] {
  if (!isJson(type)) return asList(type).flatMap((one) => asText(one).split(' . '));
  throw new NotUnderstood('a type by its expression');
}

function numbered(handle: unknown): { readonly handle?: number } {
  const number = handleOf(handle);
  return number === undefined ? {} : { handle: number };
}

function handleOf(handle: unknown): number | undefined {
  return typeof handle === 'number' ? handle : undefined;
}
