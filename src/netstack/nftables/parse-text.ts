/** Reads `nft list ruleset`, with or without `-a`, `-n`, `-s`: it says more than the JSON. */
import { parsePriority } from './chain-priority.ts';
import { chainType, draftTable, isFamily } from './draft-table.ts';
import type { DraftChain, DraftTable } from './draft-table.ts';
import { LazyRule } from './lazy.ts';
import { NftSyntaxError } from './syntax-error.ts';
import { Lines } from './text-lines.ts';
import { textSet } from './text-set.ts';
import { textStatements } from './text-statement.ts';
import type { Chain, Rule, RuleSet } from './types.ts';

/** Empty text is no tables. Throws NftSyntaxError. */
export function parseNftText(text: string): RuleSet {
  const nul = text.indexOf('\0');
  if (nul >= 0) throw new NftSyntaxError(`line ${text.slice(0, nul).split('\n').length}`, 'NUL byte in the output');
  const lines = new Lines(text);
  const tables: DraftTable[] = [];
  for (let line = lines.next(); line !== undefined; line = lines.next()) {
    // Before tables of iptables-nft there is a warning.
    if (line === '' || line.startsWith('#')) continue;
    const [, family, name, handle] = /^table (\S+) (\S+) \{(?: # handle (\d+))?$/.exec(line) ?? [];
    if (name === undefined) throw lines.error(`not a table: ${line.slice(0, 80)}`);
    if (!isFamily(family)) throw lines.error(`family ${family} is none`);
    const table = draftTable(family, name, numberOf(handle));
    readTable(lines, table);
    tables.push(table);
  }
  return { tables };
}

const BLOCK = /^([a-z][a-z ]*?) (\S+) \{(?: # handle (\d+))?$/;

function readTable(lines: Lines, table: DraftTable): void {
  const what = `table ${table.family} ${table.name}`;
  const updated = new Set<string>();
  for (let line = lines.inside(what); line !== '}'; line = lines.inside(what)) {
    const [, kind, name = '', handle] = BLOCK.exec(line) ?? [];
    if (line === '') continue;
    if (kind === 'chain') readChain(lines, table, { name, handle, updated });
    else if (kind === 'set' || kind === 'map') table.sets.set(name, textSet(lines, kind, name, numberOf(handle)));
    else if (kind !== undefined)
      table.objects.push({ kind, name, ...numbered(handle), lines: readObject(lines, `${kind} ${name}`) });
    else if (line.startsWith('flags ')) table.flags = wordsOf(line);
    else if (line.startsWith('comment ')) table.comment = stringOf(line);
    else throw lines.error(`${what}: neither a chain nor a set nor an object: ${line.slice(0, 80)}`);
  }
  markUpdated(table, updated);
}

/** Older rules put elements into sets that do not say that they are `dynamic`. */
function markUpdated(table: DraftTable, updated: ReadonlySet<string>): void {
  for (const name of updated) {
    const set = table.sets.get(name);
    if (set !== undefined) set.isDynamic = true;
  }
}

interface ChainHead {
  readonly name: string;
  readonly handle: string | undefined;
  /** Names of sets that rules put elements into. */
  readonly updated: Set<string>;
}

function readChain(lines: Lines, table: DraftTable, { name, handle, updated }: ChainHead): void {
  const chain: DraftChain & Pick<Chain, 'name' | 'handle'> = { name, ...numbered(handle), rules: [] };
  table.chains.set(name, chain);
  const what = `chain ${name}`;
  for (let line = lines.inside(what); line !== '}'; line = lines.inside(what)) {
    if (line === '' || line.startsWith('flags ')) continue;
    if (line.startsWith('type ') && line.includes(' hook ')) chain.base = baseOf(lines, line, table);
    else if (line.startsWith('comment ')) chain.comment = stringOf(line);
    else chain.rules.push(ruleOf(lines.joined(line, what), table, updated));
  }
}

const BASE =
  /^type (\S+) hook (\S+)(?: devices? (?:= )?(.+?))? priority (.+?); ?(?:policy (\S+);)?(?: flags offload;)?(?: comment "[^"]*")?$/;

function baseOf(lines: Lines, line: string, { family }: DraftTable): NonNullable<Chain['base']> {
  const [, type, hook = '', devices = '', text = '', policy] = BASE.exec(line) ?? [];
  const priority = parsePriority(text, family);
  if (priority === undefined) throw lines.error(`not a base chain: ${line.slice(0, 80)}`);
  return {
    type: chainType(type),
    hook,
    priority,
    policy: policy === 'drop' ? 'drop' : 'accept',
    devices: [...devices.matchAll(/[^\s{},"]+/g)].map(([name]) => name),
  };
}

function ruleOf(line: string, { family }: DraftTable, updated: Set<string>): LazyRule {
  const { raw, handle } = cutHandle(line);
  const { text, comment } = cutComment(raw);
  if (text.includes('@'))
    for (const [, name] of text.matchAll(/(?:^| )(?:add|update|delete) @(\S+)/g)) updated.add(name!);
  const source = {
    statements: () => textStatements(text, family),
    shape: () => shapeOf(text),
  };
  return new LazyRule(source, {
    raw,
    ...(handle === undefined ? {} : { handle }),
    ...(comment === undefined ? {} : { comment }),
  });
}

/** Braces hold the values that are looked up. */
function shapeOf(text: string): Rule['shape'] {
  const bare = text.includes('"') ? text.replaceAll(/"[^"]*"/g, '') : text;
  if (!/(?:^| )counter\b/.test(bare) || / vmap [@{]/.test(bare)) return 'other';
  return bare.includes('{') ? 'counting-and-looking-up' : 'counting';
}

/** A string may hold the same, but then there is a quote behind. */
function cutHandle(line: string): { readonly raw: string; readonly handle?: number } {
  const at = line.lastIndexOf(' # handle ');
  const handle = at < 0 ? '' : line.slice(at + ' # handle '.length);
  return /^\d+$/.test(handle) ? { raw: line.slice(0, at), handle: Number(handle) } : { raw: line };
}

/** The rule's comment is its last word. */
function cutComment(raw: string): { readonly text: string; readonly comment?: string } {
  const mark = 'comment "';
  const at = raw.endsWith('"') ? raw.lastIndexOf(mark) : -1;
  if (at < 0 || at + mark.length >= raw.length || (at > 0 && raw[at - 1] !== ' ')) return { text: raw };
  return { text: raw.slice(0, Math.max(at - 1, 0)), comment: raw.slice(at + mark.length, -1) };
}

function readObject(lines: Lines, what: string): readonly string[] {
  const body: string[] = [];
  for (let line = lines.inside(what); line !== '}'; line = lines.inside(what))
    if (line !== '') body.push(lines.joined(line, what));
  return body;
}

function wordsOf(line: string): readonly string[] {
  return line
    .replace(/^flags /, '')
    .split(/[\s,;]+/)
    .filter((word) => word !== '');
}

function stringOf(line: string): string {
  return /"([^"]*)"/.exec(line)?.[1] ?? '';
}

function numbered(handle: string | undefined): { readonly handle?: number } {
  return handle === undefined ? {} : { handle: Number(handle) };
}

function numberOf(handle: string | undefined): number | undefined {
  return handle === undefined ? undefined : Number(handle);
}
