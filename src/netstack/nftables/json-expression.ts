/** Reads libnftables' JSON of expressions and values. */
import { constantNumber, constantWord } from './constant-word.ts';
import { dataType } from './data-type.ts';
import type { DataType } from './data-type.ts';
import { asJson, asList, asNumber, asText, isJson, soleEntry } from './json-shape.ts';
import type { Json } from './json-shape.ts';
import { elementStatements } from './json-quiet.ts';
import { NotUnderstood } from './syntax-error.ts';
import { typesOf } from './type-of.ts';
import type { Element, Expr, Verdict } from './types.ts';

const INTEGER = dataType('integer');
const MOST_NESTED = 64;

/** `types`: of the value, field by field. Throws NotUnderstood. */
export function jsonExpression(value: unknown, types: readonly DataType[] = [INTEGER], depth = 0): Expr {
  if (depth > MOST_NESTED) throw new NotUnderstood('nested too deeply');
  const type = types[0] ?? INTEGER;
  if (typeof value === 'number') return constantNumber(value, type);
  if (typeof value === 'boolean') return { kind: 'bool', value };
  if (typeof value === 'string')
    return value.startsWith('@') ? { kind: 'set-ref', name: value.slice(1) } : constantWord(value, type);
  if (Array.isArray(value))
    return { kind: 'list', items: value.map((item: unknown) => jsonExpression(item, types, depth + 1)) };
  const [name, inner] = soleEntry(value);
  const read = Object.hasOwn(READERS, name) ? READERS[name] : undefined;
  if (read === undefined) throw new NotUnderstood(`expression ${name}`);
  return read(inner, types, depth + 1);
}

/** Of a set or map; a list, or the one alone. */
export function jsonElements(
  value: unknown,
  keys: readonly DataType[],
  data: readonly DataType[],
  depth = 0,
): readonly Element[] {
  return asList(value).map((one) => {
    if (!Array.isArray(one)) return jsonElement(one, keys, depth);
    const [key, datum] = one as readonly unknown[];
    return { ...jsonElement(key, keys, depth), data: jsonVerdict(datum) ?? jsonExpression(datum, data, depth + 1) };
  });
}

function jsonElement(value: unknown, keys: readonly DataType[], depth: number): Element {
  const elem = isJson(value) && isJson(value['elem']) ? value['elem'] : undefined;
  const key = elem === undefined ? value : elem['val'];
  const { timeout, expires, comment } = elem ?? {};
  const statements = elem === undefined ? [] : elementStatements(elem);
  return {
    key: key === '*' ? { kind: 'any' } : jsonExpression(key, keys, depth + 1),
    ...(statements.length === 0 ? {} : { statements }),
    ...(timeout === undefined ? {} : { timeout: asNumber(timeout) }),
    ...(expires === undefined ? {} : { expires: asNumber(expires) }),
    ...(comment === undefined ? {} : { comment: asText(comment) }),
  };
}

/** Undefined for what is no verdict. */
export function jsonVerdict(value: unknown): Verdict | undefined {
  if (!isJson(value)) return undefined;
  const [name, inner] = Object.entries(value)[0] ?? [];
  switch (name) {
    case 'accept':
    case 'drop':
    case 'return':
    case 'continue':
      return { kind: name };
    case 'jump':
    case 'goto':
      return { kind: name, chain: asText(asJson(inner)['target']) };
    default:
      return undefined;
  }
}

type Reader = (inner: unknown, types: readonly DataType[], depth: number) => Expr;

const READERS: Readonly<Record<string, Reader>> = {
  payload: (inner) => payload(asJson(inner)),
  meta: (inner) => ({ kind: 'meta', key: asText(asJson(inner)['key']) }),
  ct: (inner) => {
    const { key, dir } = asJson(inner);
    const direction = dir === 'original' || dir === 'reply' ? dir : undefined;
    return { kind: 'ct', key: asText(key), ...(direction === undefined ? {} : { direction }) };
  },
  fib: (inner) => {
    const { result, flags } = asJson(inner);
    return { kind: 'fib', result: asText(result), flags: asList(flags).map(asText) };
  },
  numgen: (inner) => {
    const { mode, mod, offset } = asJson(inner);
    return { kind: 'numgen', mode: asText(mode), mod: asNumber(mod), offset: asNumber(offset ?? 0) };
  },
  jhash: (inner, _, depth) => hash('jhash', asJson(inner), depth),
  symhash: (inner, _, depth) => hash('symhash', asJson(inner), depth),
  exthdr: (inner) => {
    const { name, field } = asJson(inner);
    return { kind: 'header', of: asText(name), ...(field === undefined ? {} : { field: asText(field) }) };
  },
  'tcp option': (inner) => option('tcp', asJson(inner)),
  'ip option': (inner) => option('ip', asJson(inner)),
  'sctp chunk': (inner) => option('sctp', asJson(inner)),
  rt: (inner) => {
    const { key, family } = asJson(inner);
    return words('rt', family, key);
  },
  socket: (inner) => words('socket', asJson(inner)['key']),
  osf: (inner) => {
    const { key, ttl } = asJson(inner);
    return words('osf', ...(ttl === undefined ? [] : ['ttl', ttl]), key);
  },
  ipsec: (inner) => {
    const { key, dir, spnum, family } = asJson(inner);
    return words('ipsec', dir, ...(spnum === undefined || spnum === 0 ? [] : ['spnum', spnum]), family, key);
  },
  concat: (inner, types, depth) => ({
    kind: 'concat',
    parts: asList(inner).map((part, i) => jsonExpression(part, [types[i] ?? INTEGER], depth)),
  }),
  prefix: (inner, types, depth) => {
    const { addr, len } = asJson(inner);
    return { kind: 'prefix', address: jsonExpression(addr, types, depth), length: asNumber(len) };
  },
  range: (inner, types, depth) => {
    const [first, last] = asList(inner);
    return { kind: 'range', first: jsonExpression(first, types, depth), last: jsonExpression(last, types, depth) };
  },
  set: (inner, types, depth) => ({ kind: 'set', elements: jsonElements(inner, types, [], depth) }),
  map: (inner, types, depth) => {
    const { key, data } = asJson(inner);
    return jsonMap(key, data, types, depth);
  },
  '&': binary('&'),
  '^': binary('^'),
  '<<': binary('<<'),
  '>>': binary('>>'),
  '|': (inner, types, depth) =>
    types[0]?.isFlags === true && asList(inner).every((one) => typeof one === 'string')
      ? { kind: 'list', items: asList(inner).map((one) => jsonExpression(one, types, depth)) }
      : binary('|')(inner, types, depth),
};

/** The parts of a map expression or of a verdict map; `data`: a set, or a map's name. */
export function jsonMap(
  key: unknown,
  data: unknown,
  types: readonly DataType[],
  depth = 0,
): Extract<Expr, { kind: 'map' }> {
  const source = jsonExpression(key, [INTEGER], depth);
  if (typeof data === 'string') return { kind: 'map', key: source, data: jsonExpression(data) };
  const elements = jsonElements(asJson(data)['set'], typesOf(source), types, depth);
  return { kind: 'map', key: source, data: { kind: 'set', elements } };
}

function payload(json: Json): Expr {
  const { protocol, field, base, offset, len } = json;
  return protocol === undefined
    ? { kind: 'raw-payload', base: asText(base), offset: asNumber(offset), length: asNumber(len) }
    : { kind: 'payload', protocol: asText(protocol), field: asText(field) };
}

function hash(name: 'jhash' | 'symhash', json: Json, depth: number): Expr {
  const { mod, offset, seed, expr } = json;
  return {
    kind: 'hash',
    name,
    mod: asNumber(mod),
    offset: asNumber(offset ?? 0),
    ...(expr === undefined ? {} : { source: jsonExpression(expr, [INTEGER], depth) }),
    ...(seed === undefined ? {} : { seed: asNumber(seed) }),
  };
}

/** An option without a name is given by its number, or by a place in it. */
function option(of: string, json: Json): Expr {
  const { name, field, base, offset, len } = json;
  const isWhole = offset === 0 && len === 8;
  return {
    kind: 'header',
    of,
    name: name !== undefined ? asText(name) : isWhole ? asText(base) : `@${[base, offset, len].map(asText).join(',')}`,
    ...(field === undefined ? {} : { field: asText(field) }),
  };
}

/** What is known by its text alone. */
function words(...all: readonly unknown[]): Expr {
  return {
    kind: 'unknown',
    raw: all
      .filter((word) => word !== undefined)
      .map(asText)
      .join(' '),
  };
}

function binary(op: '&' | '|' | '^' | '<<' | '>>'): Reader {
  return (inner, types, depth) => {
    const [first, ...rest] = asList(inner);
    const start = jsonExpression(first, types, depth);
    const own = typeof first === 'object' ? typesOf(start) : types;
    const shift = op === '<<' || op === '>>' ? [INTEGER] : own;
    return rest.reduce<Expr>(
      (left, right) => ({ kind: 'binary', op, left, right: jsonExpression(right, shift, depth) }),
      start,
    );
  };
}
