/** Prints statements and rules as `nft list ruleset` does. */
import { assertNever } from '../../model/assert-never.ts';
import { dataType } from './data-type.ts';
import type { DataType } from './data-type.ts';
import { isVerdict, printData, printExpression, printVerdict } from './print-expression.ts';
import { printTime } from './print-time.ts';
import { typesOf } from './type-of.ts';
import type { Expr, Rule, Statement } from './types.ts';

/** A statement without the text that it came from. */
export type Plain = Statement extends infer S ? (S extends Statement ? Omit<S, 'raw'> : never) : never;
type Typed = Exclude<Statement, { kind: 'quiet' | 'counted' | 'unknown' }>;

const PORT = dataType('inet_service');
const ADDRESS_AND_PORT = [dataType('ipv4_addr'), PORT];
const VERDICT = [dataType('verdict')];

export function printRule({ statements, comment }: Pick<Rule, 'statements' | 'comment'>): string {
  const words = statements.map(printStatement);
  if (comment !== undefined) words.push(`comment "${comment}"`);
  return words.join(' ');
}

export function printStatement(statement: Statement): string {
  switch (statement.kind) {
    case 'quiet':
    case 'counted':
    case 'unknown':
      return statement.raw;
    default:
      return printTyped(statement);
  }
}

function printTyped(statement: Typed): string {
  switch (statement.kind) {
    case 'match':
      return printMatch(statement);
    case 'verdict':
      return printVerdict(statement.verdict);
    case 'vmap':
      return `${printExpression(statement.key)} vmap ${printData(statement.data, typesOf(statement.key), VERDICT)}`;
    case 'mangle':
      return printMangle(statement);
    case 'notrack':
      return 'notrack';
    case 'nat':
      return printNat(statement);
    case 'reject':
      return printReject(statement);
    case 'ct-count':
      return `ct count ${statement.over ? 'over ' : ''}${statement.count}`;
    case 'set':
      return printSet(statement);
    case 'queue':
      return [
        'queue',
        ...(statement.flags.length > 0 ? [`flags ${statement.flags.join(',')}`] : []),
        `to ${statement.to ?? '0'}`,
      ].join(' ');
    case 'tproxy': {
      const words = ['tproxy', ...(statement.family === undefined ? [] : [statement.family]), 'to'];
      return `${words.join(' ')} ${printTarget(statement)}`;
    }
    default:
      return assertNever(statement);
  }
}

function printMatch({ op, left, right }: Extract<Statement, { kind: 'match' }>): string {
  const types = typesOf(left);
  const isFlags = types[0]?.isFlags === true;
  const isValue = right.kind === 'number' || right.kind === 'list' || right.kind === 'big-number';
  if (left.kind === 'binary' && left.op === '&' && isFlags && isValue && (op === '==' || op === '!=')) {
    const mask = printExpression(left.right, types);
    return `${printExpression(left.left)} ${op === '!=' ? '!= ' : ''}${printExpression(right, types)} / ${mask}`;
  }
  const isShown = op === 'in' ? false : op !== '==' || left.kind === 'binary' || (isFlags && isValue);
  return `${printExpression(left)} ${isShown ? `${op} ` : ''}${printData(right, types, [])}`;
}

function printMangle({ key, value }: Extract<Statement, { kind: 'mangle' }>): string {
  if (key.kind === 'header' && value.kind === 'unknown' && value.raw === 'reset')
    return `reset ${printExpression(key)}`;
  return `${printExpression(key)} set ${printExpression(value, typesOf(key))}`;
}

function printNat(statement: Extract<Statement, { kind: 'nat' }>): string {
  const words: string[] = [statement.how];
  if (statement.family !== undefined) words.push(statement.family);
  if (statement.isPrefix === true) words.push('prefix');
  if (statement.address !== undefined || statement.port !== undefined) words.push('to', printTarget(statement));
  if (statement.flags.length > 0) words.push(statement.flags.join(','));
  return words.join(' ');
}

function printTarget({ address, port }: { readonly address?: Expr; readonly port?: Expr }): string {
  const to = address === undefined ? '' : printAddress(address, port !== undefined);
  return port === undefined ? to : `${to}:${printExpression(port, [PORT])}`;
}

/** An IPv6 address before a port stands in brackets. */
function printAddress(address: Expr, hasPort: boolean): string {
  if (address.kind === 'range') return `${printAddress(address.first, hasPort)}-${printAddress(address.last, hasPort)}`;
  const text = printExpression(address, ADDRESS_AND_PORT);
  return hasPort && address.kind === 'address' && address.value.family === 6 ? `[${text}]` : text;
}

function printReject({ with: how, code }: Extract<Statement, { kind: 'reject' }>): string {
  if (how === undefined) return 'reject';
  if (how === 'tcp reset') return 'reject with tcp reset';
  return code === 'port-unreachable' ? 'reject' : `reject with ${how} ${code ?? ''}`.trimEnd();
}

function printSet(statement: Extract<Statement, { kind: 'set' }>): string {
  const words = [printExpression(statement.key)];
  if (statement.timeout !== undefined) words.push(`timeout ${printTime(statement.timeout)}`);
  for (const { raw } of statement.inner) if (raw !== undefined) words.push(raw);
  if (statement.data !== undefined) words.push(':', printUpdate(statement.data));
  return `${statement.op} @${statement.set} { ${words.join(' ')} }`;
}

function printUpdate(data: NonNullable<Extract<Statement, { kind: 'set' }>['data']>): string {
  return isVerdict(data) ? printVerdict(data) : printExpression(data, [] as readonly DataType[]);
}
