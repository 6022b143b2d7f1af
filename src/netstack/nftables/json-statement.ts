/** Reads libnftables' JSON of statements. */
import { dataType } from './data-type.ts';
import type { DataType } from './data-type.ts';
import { copy, COUNTED, ctCount, QUIET } from './json-quiet.ts';
import { jsonExpression, jsonMap, jsonVerdict } from './json-expression.ts';
import { asJson, asList, asNumber, asText, isJson, jsonText, soleEntry } from './json-shape.ts';
import type { Json } from './json-shape.ts';
import { printed } from './lazy.ts';
import { printExpression } from './print-expression.ts';
import type { Plain } from './print-statement.ts';
import { NotUnderstood } from './syntax-error.ts';
import { textStatements } from './text-statement.ts';
import { typesOf } from './type-of.ts';
import type { Expr, NftFamily, Statement } from './types.ts';

const STRING = [dataType('string')];
const ADDRESS_AND_PORT = [dataType('ipv4_addr'), dataType('inet_service')];
const PORT = [dataType('inet_service')];
const VERDICT = [dataType('verdict')];

/** What is not understood becomes `unknown` with the JSON as its text. */
export function jsonStatements(values: unknown, family: NftFamily): readonly Statement[] {
  return asList(values).flatMap((value) => {
    // Updates of maps come as text.
    if (typeof value === 'string') return textStatements(value, family);
    try {
      return [jsonStatement(value)];
    } catch (error) {
      if (!(error instanceof NotUnderstood)) throw error;
      return [{ kind: 'unknown', raw: jsonText(value) } as const];
    }
  });
}

function jsonStatement(value: unknown): Statement {
  const verdict = jsonVerdict(value);
  if (verdict !== undefined) return printed({ kind: 'verdict', verdict });
  const [name, inner] = soleEntry(value);
  if (Object.hasOwn(QUIET, name)) return { kind: 'quiet', raw: QUIET[name]!(inner, printName) };
  if (Object.hasOwn(COUNTED, name)) return { kind: 'counted', raw: COUNTED[name]!(inner, printName) };
  const read = Object.hasOwn(READERS, name) ? READERS[name] : undefined;
  if (read === undefined) throw new NotUnderstood(`statement ${name}`);
  const statement = read(isJson(inner) ? inner : {}, inner);
  return 'raw' in statement ? statement : printed(statement);
}

function printName(value: unknown): string {
  return printExpression(jsonExpression(value, STRING), STRING);
}

type Reader = (json: Json, inner: unknown) => Plain | Statement;

const READERS: Readonly<Record<string, Reader>> = {
  match({ op, left, right }) {
    const tested = jsonExpression(left);
    return { kind: 'match', op: operator(op), left: tested, right: jsonExpression(right, typesOf(tested)) };
  },
  vmap: ({ key, data }) => ({ ...jsonMap(key, data, VERDICT), kind: 'vmap' }),
  mangle({ key, value }) {
    const target = jsonExpression(key);
    return { kind: 'mangle', key: target, value: jsonExpression(value, typesOf(target)) };
  },
  reset: (_, inner) => ({ kind: 'mangle', key: jsonExpression(inner), value: { kind: 'unknown', raw: 'reset' } }),
  notrack: () => ({ kind: 'notrack' }),
  snat: nat('snat'),
  dnat: nat('dnat'),
  masquerade: nat('masquerade'),
  redirect: nat('redirect'),
  reject: ({ type, expr }) => ({
    kind: 'reject',
    ...(type === undefined ? {} : { with: asText(type) }),
    ...(expr === undefined ? {} : { code: asText(expr) }),
  }),
  'ct count': ({ val, inv }) => ({ kind: 'ct-count', over: inv === true, count: asNumber(val) }),
  set: (json) => change(json, json['set']),
  map: (json) => change(json, json['map']),
  meter: ({ name, size, key, stmt }) => {
    const words = [`meter ${asText(name)}`, ...(size === undefined ? [] : [`size ${asNumber(size)}`])];
    const [inner = ''] = asList(stmt).map((one) => innerStatement(one).raw);
    return { kind: 'counted', raw: `${words.join(' ')} { ${printExpression(jsonExpression(key))} ${inner} }` };
  },
  queue: ({ num, flags }) => ({
    kind: 'queue',
    flags: asList(flags).map(asText),
    to: printExpression(jsonExpression(num ?? 0)),
  }),
  tproxy: ({ family, addr, port }) => ({ kind: 'tproxy', ...familyOf(family), ...target(addr, port) }),
  fwd: (json) => ({ kind: 'unknown', raw: copy('fwd', json, printName) }),
  xt: ({ type, name }) => ({ kind: 'unknown', raw: `xt ${asText(type)} "${asText(name)}"` }),
};

const OPERATORS = new Set(['==', '!=', '<', '>', '<=', '>=', 'in', '!']);

function operator(op: unknown): Extract<Statement, { kind: 'match' }>['op'] {
  if (typeof op !== 'string' || !OPERATORS.has(op)) throw new NotUnderstood(`operator ${jsonText(op)}`);
  return op as '==';
}

function nat(how: 'snat' | 'dnat' | 'masquerade' | 'redirect'): Reader {
  return ({ family, addr, port, flags, type_flags }) => ({
    kind: 'nat',
    how,
    ...familyOf(family),
    ...target(addr, port),
    // `netmap` is how a prefix is done.
    flags: asList(flags)
      .map(asText)
      .filter((flag) => flag !== 'netmap'),
    ...(asList(type_flags).includes('prefix') ? { isPrefix: true as const } : {}),
  });
}

function familyOf(family: unknown): { readonly family?: 'ip' | 'ip6' } {
  return family === 'ip' || family === 'ip6' ? { family } : {};
}

function target(address: unknown, port: unknown): { readonly address?: Expr; readonly port?: Expr } {
  return {
    ...(address === undefined ? {} : { address: jsonExpression(address, addressTypes(address)) }),
    ...(port === undefined ? {} : { port: jsonExpression(port, PORT) }),
  };
}

/** A map may give the port too. */
function addressTypes(address: unknown): readonly DataType[] {
  return isJson(address) ? ADDRESS_AND_PORT : ADDRESS_AND_PORT.slice(0, 1);
}

function change(json: Json, set: unknown): Plain {
  const { op, elem, stmt, data } = json;
  const inner = isJson(elem) && isJson(elem['elem']) ? elem['elem'] : undefined;
  if (op !== 'add' && op !== 'update' && op !== 'delete') throw new NotUnderstood('operation on a set');
  return {
    kind: 'set',
    op,
    set: asText(set).replace(/^@/, ''),
    key: jsonExpression(inner === undefined ? elem : inner['val']),
    inner: asList(stmt).map(innerStatement),
    ...(inner?.['timeout'] === undefined ? {} : { timeout: asNumber(inner['timeout']) }),
    ...(data === undefined ? {} : { data: jsonVerdict(data) ?? jsonExpression(data) }),
  };
}

/** A statement that each element has of its own. */
export function innerStatement(value: unknown): {
  readonly kind: string;
  readonly over?: boolean;
  readonly raw: string;
} {
  const [name, inner] = soleEntry(value);
  const over = isJson(inner) && inner['inv'] === true ? { over: true } : {};
  if (name === 'ct count') return { kind: 'ct-count', over: false, ...over, raw: ctCount(asJson(inner)) };
  const print = Object.hasOwn(COUNTED, name) ? COUNTED[name] : QUIET[name];
  if (print === undefined) throw new NotUnderstood(`statement ${name} in a set`);
  return { kind: name, ...over, raw: print(inner, printName) };
}
