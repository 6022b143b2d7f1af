/** Each section of a dump as a fuzz target: its parser may refuse with an error that names the line, nothing else. */
import { openBundle } from '../src/bundle/index.ts';
import type { NetNSInfo, SectionName } from '../src/model/dump.ts';
import { IpsetSyntaxError, parseIpsetSave, printIpsetSave } from '../src/netstack/ipset/index.ts';
import { IptablesSyntaxError, parseIptablesSave, printIptablesSave } from '../src/netstack/iptables/index.ts';
import type { IPTables } from '../src/netstack/iptables/index.ts';
import { parseProcIpvs } from '../src/netstack/ipvs/parse-proc.ts';
import { parseIpvsSave } from '../src/netstack/ipvs/parse-save.ts';
import { parseTemplates } from '../src/netstack/ipvs/parse-templates.ts';
import * as parse from '../src/netstack/parse/index.ts';
import type { FuzzTarget } from './fuzz-engine.ts';

const CAPTURES = ['three-nodes.skoop', 'ipvs-v4.skoop', 'ipvs-v6.skoop'].map(
  (file) => new URL(`../test/fixtures/captures/${file}`, import.meta.url),
);
const REFUSALS = [parse.SectionError, IptablesSyntaxError, IpsetSyntaxError];
/** A change to a long input seldom hits what matters. */
const MAX_SEED = 16 * 1024;
const JSON_WORDS = [
  '[',
  ']',
  '{',
  '}',
  ',',
  '"',
  ':',
  'null',
  'true',
  '-1',
  '1e999',
  '"dev":"',
  '"flags":[',
  '\\u0000',
];
const LINE_WORDS = ['\n', ' ', '\t', '\0', '[', ']', '*', ':', '/', '-', '0', '::', '255.255.255.255', 'fe80::1%eth0'];
const RULE_WORDS = ['-A ', '-j ', '-m ', '! ', '--', 'COMMIT\n', '*filter\n', ':INPUT ACCEPT [0:0]\n', '"', '\\', '\n'];

type Parser = (text: string) => unknown;

const iptables =
  (ruleSet: IPTables['ruleSet'], family: 4 | 6): Parser =>
  (text) =>
    sameAgain(text, printIptablesSave(parseIptablesSave(text, ruleSet, family)));

const PARSERS: Readonly<Partial<Record<SectionName, readonly [Parser, readonly string[]]>>> = {
  'ip-link': [(text) => parse.parseLinks(text, undefined), JSON_WORDS],
  'ip-addr': [parse.parseAddresses, JSON_WORDS],
  'ip4-route': [(text) => parse.parseRoutes(text, 4), JSON_WORDS],
  'ip6-route': [(text) => parse.parseRoutes(text, 6), JSON_WORDS],
  'ip4-rule': [(text) => parse.parseRules(text, 4), JSON_WORDS],
  'ip6-rule': [(text) => parse.parseRules(text, 6), JSON_WORDS],
  'ip-neigh': [(text) => parse.parseNeighbours(text, undefined), JSON_WORDS],
  'ip-neigh-proxy': [(text) => parse.parseNeighbours('[]', text), JSON_WORDS],
  'ip-nexthop': [parse.parseNexthops, JSON_WORDS],
  'ip-netconf': [parse.parseNetconf, JSON_WORDS],
  'ip4-local': [parse.parseLocalRoutes, JSON_WORDS],
  'ip-netns-ids': [parse.parseNetnsIds, JSON_WORDS],
  'bridge-link': [(text) => parse.parseLinks('[]', text), JSON_WORDS],
  'bridge-fdb': [parse.parseFdb, JSON_WORDS],
  'bridge-vlan': [parse.parseBridgeVlan, JSON_WORDS],
  'iptables-legacy-save': [iptables('iptables-legacy', 4), RULE_WORDS],
  'ip6tables-legacy-save': [iptables('iptables-legacy', 6), RULE_WORDS],
  'iptables-nft-save': [iptables('iptables-nft', 4), RULE_WORDS],
  'ip6tables-nft-save': [iptables('iptables-nft', 6), RULE_WORDS],
  'ipset-save': [
    (text) => sameAgain(text, printIpsetSave(parseIpsetSave(text))),
    ['create ', 'add ', 'hash:net ', ' nomatch', '\n'],
  ],
  'ip4-tries': [parse.parseTries, [...LINE_WORDS, 'Main:\n', '\tPrefixes:  ']],
  nfqueue: [parse.parseQueues, LINE_WORDS],
  sockets: [parse.parseSockets, LINE_WORDS],
  sysctl: [parse.parseSysctls, [...LINE_WORDS, '/proc/sys/net/ipv4/conf/', ' = ']],
  ipvs: [parseProcIpvs, [...LINE_WORDS, '  -> ', 'persistent ', 'Masq', 'FWM  ']],
  'ipvs-save': [parseIpvsSave, [...LINE_WORDS, '-A -t ', '-a -t ', ' -r ', ' -m -w ', '-f ']],
  'ipvs-templates': [parseTemplates, [...LINE_WORDS, 'TCP ', ' 0000 ', 'NONE']],
  conntrack: [parse.parseConntrack, [...LINE_WORDS, 'src=', 'dst=', 'sport=', 'mark=', '[UNREPLIED]']],
};

/** What parses prints back as it was. */
function sameAgain(text: string, printed: string): void {
  if (printed !== text) throw new Error('it prints back as something else');
}

export const SECTION_TARGETS: readonly FuzzTarget[] = Object.entries(PARSERS).map(([name, [parser, words]]) => ({
  name: `section-${name}`,
  seeds: seedsOf(name as SectionName),
  words,
  run: (input) => {
    try {
      parser(input.toString('utf8'));
    } catch (error) {
      if (!REFUSALS.some((refusal) => error instanceof refusal)) throw error;
    }
  },
}));

/** What real nodes gave, cut where it is long: the cut is an input too. */
function seedsOf(name: SectionName): readonly Buffer[] {
  const texts = namespaces().flatMap((info) => info.sections[name]?.stdout ?? []);
  const seeds = [...new Set(texts.map((text) => text.slice(0, MAX_SEED)))].filter((text) => text !== '').slice(0, 6);
  return (seeds.length > 0 ? seeds : ['[]\n']).map((text) => Buffer.from(text));
}

function namespaces(): readonly NetNSInfo[] {
  return CAPTURES.flatMap((file) => {
    const bundle = openBundle(file.pathname);
    return bundle.nodes.flatMap((node) => bundle.dump(node)?.netns ?? []);
  });
}
