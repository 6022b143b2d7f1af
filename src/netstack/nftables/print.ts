/** Prints a rule set as `nft list ruleset` does: `nft -f` takes it. */
import { printPriority } from './chain-priority.ts';
import { dataType } from './data-type.ts';
import { printElement } from './print-expression.ts';
import { printTime } from './print-time.ts';
import { printRule } from './print-statement.ts';
import type { Chain, NamedObject, NftSet, RuleSet, Table } from './types.ts';

export function printRuleSet({ tables }: RuleSet): string {
  return tables.map(printTable).join('');
}

function printTable(table: Table): string {
  const { objects = [], flags, comment } = table;
  const head = [...(flags.length > 0 ? [`\tflags ${flags.join(',')}\n`] : []), ...commentLine(comment, '\t')];
  const blocks = [
    ...objects.filter(({ kind }) => kind !== 'flowtable').map(printObject),
    ...[...table.sets.values()].map(printSet),
    ...objects.filter(({ kind }) => kind === 'flowtable').map(printObject),
    ...[...table.chains.values()].map((chain) => printChain(chain, table)),
  ];
  // A comment alone has no empty line behind it.
  const space = flags.length > 0 && blocks.length > 0 ? '\n' : '';
  return `table ${table.family} ${table.name} {\n${head.join('')}${space}${blocks.join('\n')}}\n`;
}

function commentLine(comment: string | undefined, indent: string): readonly string[] {
  return comment === undefined ? [] : [`${indent}comment "${comment}"\n`];
}

function block(kind: string, name: string, lines: readonly string[]): string {
  return `\t${kind} ${name} {\n${lines.map((line) => `\t\t${line}\n`).join('')}\t}\n`;
}

function printObject({ kind, name, lines }: NamedObject): string {
  return block(kind, name, lines);
}

function printChain({ name, comment, base, rules }: Chain, { family }: Table): string {
  const lines = rules.map(printRule);
  if (base !== undefined) lines.unshift(printBase(base, family));
  if (comment !== undefined) lines.unshift(`comment "${comment}"`);
  return block('chain', name, lines);
}

function printBase(base: NonNullable<Chain['base']>, family: Table['family']): string {
  const { type, hook, devices, priority, policy } = base;
  const [only] = devices;
  const bound =
    only === undefined ? '' : devices.length === 1 ? ` device "${only}"` : ` devices = { ${devices.join(', ')} }`;
  return `type ${type} hook ${hook}${bound} priority ${printPriority(priority, family, hook)}; policy ${policy};`;
}

function printSet(set: NftSet): string {
  const { size, policy, timeout, gcInterval, comment, flags = [], elementStatements = [], elements } = set;
  const lines = [
    printTypes(set),
    ...(policy === undefined ? [] : [`policy ${policy}`]),
    ...(size === undefined ? [] : [`size ${size}`]),
    ...(flags.length === 0 ? [] : [`flags ${flags.join(',')}`]),
    ...(timeout === undefined ? [] : [`timeout ${printTime(timeout)}`]),
    ...(gcInterval === undefined ? [] : [`gc-interval ${printTime(gcInterval)}`]),
    ...elementStatements,
    ...(set.isAutoMerge === true ? ['auto-merge'] : []),
    ...(comment === undefined ? [] : [`comment "${comment}"`]),
    ...(elements.length === 0 ? [] : [printElements(set)]),
  ];
  return block(set.kind, set.name, lines);
}

function printTypes({ keyTypes = [], dataTypes, typeof: by, isIntervalData }: NftSet): string {
  const interval = isIntervalData === true ? 'interval ' : '';
  const key = by?.key ?? keyTypes.join(' . ');
  const data = by?.data ?? dataTypes?.join(' . ');
  return `${by === undefined ? 'type' : 'typeof'} ${key}${data === undefined ? '' : ` : ${interval}${data}`}`;
}

const BY_FIVE = new Set(['inet_proto', 'inet_service', 'mark', 'tcp_flag', 'uid', 'gid', 'arp_op', 'integer']);
const BY_TWO = new Set(['ipv4_addr', 'ct_state', 'ct_status', 'ct_dir', 'nf_proto', 'pkt_type']);

/** As many in a line as nft prints of their type. */
function printElements({ keyTypes = [], dataTypes = [], elements }: NftSet): string {
  const [type = ''] = keyTypes;
  const perLine = keyTypes.length > 1 ? 1 : BY_FIVE.has(type) ? 5 : BY_TWO.has(type) ? 2 : 1;
  const keys = keyTypes.map(dataType);
  const data = dataTypes.map(dataType);
  const texts = elements.map((element) => printElement(element, keys, data));
  const lines: string[] = [];
  for (let at = 0; at < texts.length; at += perLine) lines.push(texts.slice(at, at + perLine).join(', '));
  return `elements = { ${lines.join(',\n\t\t\t     ')} }`;
}
