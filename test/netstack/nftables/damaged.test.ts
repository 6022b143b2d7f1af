/** Listings that are cut off or no listings at all: one error that names the place, and the NetNS says which section it is. */
import { expect, it } from 'vitest';
import { parseNftJson } from '../../../src/netstack/nftables/parse-json.ts';
import { parseNftText } from '../../../src/netstack/nftables/parse-text.ts';
import { NetNS } from '../../../src/netstack/netns.ts';

const CHAIN = 'table ip t {\n\tchain c {\n\t\ttype filter hook input priority filter; policy drop;\n';
const TEXTS: readonly (readonly [string, string, string])[] = [
  ['no listing', 'Error: something', 'line 1: not a table: Error: something'],
  ['a family that is none', 'table ipx t {\n}\n', 'line 1: family ipx is none'],
  ['cut off in a chain', CHAIN, 'line 4: chain c is not closed: the text is cut off'],
  [
    'a base chain of no priority',
    CHAIN.replace('filter;', 'high;'),
    'line 3: not a base chain: type filter hook input priority high; policy drop;',
  ],
  [
    'neither chain nor set',
    'table ip t {\n\twhat\n}\n',
    'line 2: table ip t: neither a chain nor a set nor an object: what',
  ],
  [
    'elements cut off',
    'table ip t {\n\tset s {\n\t\telements = { 1,\n',
    'line 4: set s is not closed: the text is cut off',
  ],
  ['a timeout that is none', 'table ip t {\n\tset s {\n\t\ttimeout soon\n\t}\n}\n', 'line 3: soon is no time'],
  ['a NUL', 'table ip t {\n\0', 'line 2: NUL byte in the output'],
];

it.each(TEXTS)('text: %s', (_, text, message) => {
  expect(() => parseNftText(text)).toThrow(message);
});

const TABLE = '{"table":{"family":"ip","name":"t"}}';
const JSONS: readonly (readonly [string, string, string])[] = [
  ['no JSON', 'Error', 'nft -j list ruleset: not JSON'],
  ['no list', '{}', 'nft -j list ruleset: has no list of the name nftables'],
  ['no object', '{"nftables":[5]}', 'object 1 (of no kind): not an object of nft'],
  [
    'a family that is none',
    '{"nftables":[{"table":{"family":"ipx","name":"t"}}]}',
    'object 1 (table): family "ipx" is none',
  ],
  [
    'a chain of no table',
    '{"nftables":[{"chain":{"family":"ip","table":"t","name":"c"}}]}',
    'object 1 (chain): table ip t comes later or not at all',
  ],
  [
    'a rule of no chain',
    `{"nftables":[${TABLE},{"rule":{"family":"ip","table":"t","chain":"c"}}]}`,
    'object 2 (rule): chain c comes later or not at all',
  ],
];

it.each(JSONS)('JSON: %s', (_, text, message) => {
  expect(() => parseNftJson(text)).toThrow(message);
});

it('what is not understood in a rule is kept, and so is what stands before it', () => {
  const text = `${CHAIN}\t\ttcp dport 80 ponder accept # handle 4\n\t}\n}\n`;
  const [rule] = parseNftText(text).tables[0]!.chains.get('c')!.rules;
  expect(rule).toMatchObject({ handle: 4, raw: 'tcp dport 80 ponder accept' });
  expect(rule!.statements.map(({ kind, raw }) => [kind, raw])).toEqual([
    ['match', 'tcp dport 80'],
    ['unknown', 'ponder accept'],
  ]);
});

it('flags and devices that the JSON does not tell are not taken for none', () => {
  const chain = '{"chain":{"family":"ip","table":"t","name":"c","type":"filter","hook":"ingress","prio":0}}';
  const [table] = parseNftJson(`{"nftables":[${TABLE.replace('}}', ',"flags":"cnt"}}')},${chain}]}`).tables;
  expect(table).toMatchObject({ hasUnreadFlags: true, flags: [] });
  expect(table!.chains.get('c')!.base).toMatchObject({ hasUnreadDevices: true });
});

const DORMANT = 'table ip t {\n\tflags dormant\n}\n';
const JSON_LISTING = `{"nftables":[${TABLE}]}`;
type Listing = readonly [exitCode: number, stdout: string];

it.each<readonly [string, Listing | undefined, Listing | undefined, object]>([
  ['the text comes first', [0, DORMANT], [0, JSON_LISTING], { ok: true, value: { tables: [{ flags: ['dormant'] }] } }],
  ['JSON is refused', [0, DORMANT], [1, ''], { ok: true, value: { tables: [{ flags: ['dormant'] }] } }],
  ['the text is damaged', [0, 'tab'], [0, JSON_LISTING], { ok: true, value: { tables: [{ flags: [] }] } }],
  ['JSON alone', undefined, [0, JSON_LISTING], { ok: true, value: { tables: [{ name: 't' }] } }],
  ['the text alone, damaged', [0, 'tab'], undefined, { ok: false, missing: { section: 'nft-ruleset-text' } }],
  ['both failed', [1, ''], [1, ''], { ok: false, missing: { section: 'nft-ruleset' } }],
  ['no nft', [127, ''], [127, ''], { ok: false, missing: { reason: 'nft is missing' } }],
  ['a kernel without nf_tables', undefined, undefined, { ok: true, value: { tables: [] } }],
])('NetNS.nftables: %s', (_, text, json, expected) => {
  const section = ([exitCode, stdout]: Listing): object => ({ command: 'nft', exitCode, stdout, stderr: '' });
  const sections = {
    ...(text === undefined ? {} : { 'nft-ruleset-text': section(text) }),
    ...(json === undefined ? {} : { 'nft-ruleset': section(json) }),
  };
  const ns = new NetNS('node-a', { inode: 1, isHost: true, names: [], sections } as ConstructorParameters<
    typeof NetNS
  >[1]);
  expect(ns.nftables).toMatchObject(expected);
});
