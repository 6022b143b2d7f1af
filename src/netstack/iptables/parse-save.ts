/** Reads what iptables-save prints into tables, chains and rules; what a rule says inside is left for later. */
import type { Family } from '../../model/address.ts';
import { refuseLoops } from './chain-loop.ts';
import { jumpOf } from './jump.ts';
import { IptablesSyntaxError } from './syntax-error.ts';
import type { Chain, IPTables, Rule, SaveLine, Table } from './types.ts';

/**
 * The rule set that iptables-save (with or without `-c`), its nft and its IPv6 twins print. Empty text and text without
 * any table is an empty rule set. Throws IptablesSyntaxError.
 */
export function parseIptablesSave(text: string, ruleSet: IPTables['ruleSet'], family: Family): IPTables {
  const endsWithNewline = text === '' || text.endsWith('\n');
  const nul = text.indexOf('\0');
  if (nul >= 0) throw new IptablesSyntaxError(text.slice(0, nul).split('\n').length, 'NUL byte in the output');
  const texts = text === '' ? [] : (endsWithNewline ? text.slice(0, -1) : text).split('\n');
  const reading = newReading();
  for (const [i, line] of texts.entries()) readLine(reading, line, i + 1);
  if (reading.table !== undefined)
    throw new IptablesSyntaxError(texts.length, `table ${reading.table.name} has no COMMIT: the text is cut off`);
  return {
    ruleSet,
    family,
    tables: reading.tables,
    lines: reading.lines,
    incompatible: reading.incompatible,
    endsWithNewline,
  };
}

interface OpenChain extends Chain {
  readonly rules: Rule[];
}

interface OpenTable extends Table {
  readonly chains: Map<string, OpenChain>;
  /** Line of the `*table`, and of each chain's declaration, for messages. */
  readonly line: number;
}

interface Reading {
  readonly lines: SaveLine[];
  readonly tables: Map<string, Table>;
  readonly incompatible: string[];
  table: OpenTable | undefined;
}

function newReading(): Reading {
  return { lines: [], tables: new Map(), incompatible: [], table: undefined };
}

function readLine(reading: Reading, line: string, number: number): void {
  const first = line.charCodeAt(0);
  if (first === BRACKET || first === DASH) return readRule(reading, line, number);
  if (first === COLON) return readChain(reading, line, number);
  if (first === STAR) return readTable(reading, line, number);
  if (first === HASH || line.trim() === '') return readText(reading, line);
  if (line !== 'COMMIT')
    throw new IptablesSyntaxError(number, `neither a table, a chain nor a rule: ${line.slice(0, 80)}`);
  const table = openTable(reading, number);
  refuseLoops(table, number);
  reading.table = undefined;
  reading.lines.push({ kind: 'commit' });
}

const HASH = 35;
const STAR = 42;
const DASH = 45;
const COLON = 58;
const BRACKET = 91;

function readText(reading: Reading, line: string): void {
  const table = /^# Table `(.*)' is incompatible/.exec(line)?.[1];
  if (table !== undefined) reading.incompatible.push(table);
  reading.lines.push({ kind: 'text', raw: line });
}

function readTable(reading: Reading, line: string, number: number): void {
  const name = line.slice(1);
  if (reading.table !== undefined)
    throw new IptablesSyntaxError(number, `table ${reading.table.name} has no COMMIT before ${line}`);
  if (!/^[^\s:]+$/.test(name)) throw new IptablesSyntaxError(number, `not a table: ${line.slice(0, 80)}`);
  if (reading.tables.has(name)) throw new IptablesSyntaxError(number, `table ${name} for the second time`);
  const table: OpenTable = { name, chains: new Map(), line: number };
  reading.table = table;
  reading.tables.set(name, table);
  reading.lines.push({ kind: 'table', table });
}

function readChain(reading: Reading, line: string, number: number): void {
  const { chains, name: tableName } = openTable(reading, number);
  const [, name, policy, counters] = /^:(\S+) (ACCEPT|DROP|-)(?: \[(\d+:\d+)\])?$/.exec(line) ?? [];
  if (name === undefined) throw new IptablesSyntaxError(number, `not a chain: ${line.slice(0, 80)}`);
  if (chains.has(name))
    throw new IptablesSyntaxError(number, `chain ${name} for the second time in table ${tableName}`);
  const chain: OpenChain = {
    name,
    ...(policy === '-' ? {} : { policy: policy as 'ACCEPT' | 'DROP' }),
    ...(counters === undefined ? {} : { counters }),
    rules: [],
  };
  chains.set(name, chain);
  reading.lines.push({ kind: 'chain', chain });
}

function readRule(reading: Reading, line: string, number: number): void {
  const { chains, name: tableName } = openTable(reading, number);
  const end = line.charCodeAt(0) === BRACKET ? line.indexOf('] -A ') : -2;
  const counters = end > 0 ? line.slice(1, end) : undefined;
  if (end === -1 || (counters !== undefined && !COUNTERS.test(counters))) {
    throw new IptablesSyntaxError(number, `counters are damaged: ${line.slice(0, 80)}`);
  }
  const raw = line.slice(end + 2);
  if (!raw.startsWith('-A ')) throw new IptablesSyntaxError(number, `not a rule: ${line.slice(0, 80)}`);
  const space = raw.indexOf(' ', 3);
  const name = space < 0 ? raw.slice(3) : raw.slice(3, space);
  const chain = chains.get(name);
  if (chain === undefined) throw new IptablesSyntaxError(number, `chain ${name} is not declared in table ${tableName}`);
  const jump = jumpOf(raw, number);
  if (jump?.isGoto === true && !chains.has(jump.name))
    throw new IptablesSyntaxError(number, `goto ${jump.name}: no such chain in table ${tableName}`);
  const rule = makeRule(chain, raw, counters, jump?.name);
  chain.rules.push(rule);
  reading.lines.push({ kind: 'rule', rule });
}

/** One shape per combination: rules are many. */
function makeRule(chain: OpenChain, raw: string, counters: string | undefined, jump: string | undefined): Rule {
  const rule: { chain: string; number: number; raw: string; counters?: string; jump?: string } = {
    chain: chain.name,
    number: chain.rules.length + 1,
    raw,
  };
  if (counters !== undefined) rule.counters = counters;
  if (jump !== undefined) rule.jump = jump;
  return rule;
}

const COUNTERS = /^\d+:\d+$/;

function openTable(reading: Reading, number: number): OpenTable {
  if (reading.table === undefined) throw new IptablesSyntaxError(number, 'outside of any table');
  return reading.table;
}
