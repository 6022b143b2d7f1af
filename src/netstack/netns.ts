/** One network namespace: its dump's sections, each parsed at its first use and then kept. */
import { deviceConf, type DeviceConf } from './device-conf.ts';
import type { Family, IP, Prefix } from '../model/address.ts';
import type { NetNSInfo, NodeNetworkStackDump, Section, SectionName } from '../model/dump.ts';
import { parseIpsetSave, type IpSets } from './ipset/index.ts';
import { readIpvs } from './ipvs/read.ts';
import type { Ipvs } from './ipvs/types.ts';
import { parseIptablesSave, type IPTables } from './iptables/index.ts';
import { parseLegacyList, type LegacyChain } from './layer2/parse-list.ts';
import { parseNftJson } from './nftables/parse-json.ts';
import { parseNftText } from './nftables/parse-text.ts';
import type { RuleSet } from './nftables/types.ts';
import {
  parseAddresses,
  parseBridgeVlan,
  parseFdb,
  parseLinks,
  parseLocalRoutes,
  parseNeighbours,
  parseNetconf,
  parseNetnsIds,
  parseNexthops,
  parseQueues,
  parseRoutes,
  parseRules,
  parseConntrack,
  parseSockets,
  parseSysctls,
  parseTries,
  parseWireguard,
  parseXfrmPolicies,
  type DeviceNetconf,
  type TrieCounts,
  type WireguardDevice,
  type XfrmPolicy,
} from './parse/index.ts';
import { createRouter, type Router } from './router/index.ts';
import type {
  Address,
  FdbEntry,
  ListeningSocket,
  TrackedConnection,
  Neighbour,
  NetLink,
  NetNSState,
  Parsed,
  PolicyRule,
  PortVlan,
  Route,
  Sysctls,
} from './state.ts';

/** nsid, as seen from this namespace, to the name under /run/netns where the kernel's tools could tell. */
export type NetnsIds = ReturnType<typeof parseNetnsIds>;

/** What a namespace has to know of the node that it is on. */
export type NodeFacts = Pick<NodeNetworkStackDump, 'netns' | 'pods'> & {
  readonly kernel?: string;
  readonly collectedAt?: string;
};

/** Of these there is always something, be it an empty list in JSON: nothing at all is a tool that did not do its work. */
const NEVER_EMPTY: ReadonlySet<SectionName> = new Set([
  'ip-link',
  'ip-addr',
  'ip4-route',
  'ip6-route',
  'ip4-rule',
  'ip6-rule',
  'sysctl',
] as const);

export class NetNS implements NetNSState {
  readonly #info: NetNSInfo;
  readonly #node: NodeFacts;
  readonly #kept = new Map<string, Parsed<unknown>>();
  #router: Parsed<Router> | undefined;
  // What every packet asks for is kept at hand, the rest by its section's name.
  #links: Parsed<readonly NetLink[]> | undefined;
  #addresses: Parsed<readonly Address[]> | undefined;
  #neighbours: Parsed<readonly Neighbour[]> | undefined;
  #fdb: Parsed<readonly FdbEntry[]> | undefined;
  #sysctls: Parsed<Sysctls> | undefined;
  #linkOf: ReadonlyMap<string, NetLink> | undefined;
  #ownerOf: ReadonlyMap<string, Address> | undefined;
  #neighboursAt: ReadonlyMap<string, readonly Neighbour[]> | undefined;
  #fdbOf: ReadonlyMap<string, readonly FdbEntry[]> | undefined;
  #conf: DeviceConf | undefined;
  #iptables4: Parsed<readonly IPTables[]> | undefined;
  #iptables6: Parsed<readonly IPTables[]> | undefined;
  #nftables: Parsed<RuleSet> | undefined;
  #ipvs: Parsed<Ipvs> | undefined;

  /** `key` names the namespace within the diagnosis: `node-a` for a host, `node-a/4026532301` for others. */
  constructor(
    readonly key: string,
    info: NetNSInfo,
    node?: NodeFacts,
  ) {
    this.#info = info;
    this.#node = node ?? { netns: [info], pods: [] };
  }

  /** `uname -r` of the node, where known: some behaviours changed between versions. */
  get kernel(): string | undefined {
    return this.#node.kernel;
  }

  /** What the node's clock said then, in seconds since 1970. */
  get collectedAt(): number | undefined {
    const milliseconds = Date.parse(this.#node.collectedAt ?? '');
    return Number.isNaN(milliseconds) ? undefined : Math.floor(milliseconds / 1000);
  }

  /** The pod's UID, where the node itself could tell. */
  get podUid(): string | undefined {
    return this.#node.pods.find(({ netnsInode }) => netnsInode === this.inode)?.uid;
  }

  get inode(): number {
    return this.#info.inode;
  }
  get isHost(): boolean {
    return this.#info.isHost;
  }
  get names(): readonly string[] {
    return this.#info.names;
  }

  /** Not all of it was taken: what a packet meets inside is not known. */
  get isBrief(): boolean {
    return this.#info.isBrief === true;
  }

  /** The process inside that brings a kernel of its own (gVisor, Kata): what this namespace shows is not all. */
  get sandbox(): string | undefined {
    return this.#info.sandbox;
  }

  get links(): Parsed<readonly NetLink[]> {
    return (this.#links ??= this.#parse('ip-link', (text) => parseLinks(text, this.#optional('bridge-link'))));
  }
  get addresses(): Parsed<readonly Address[]> {
    return (this.#addresses ??= this.#parse('ip-addr', parseAddresses));
  }
  get neighbours(): Parsed<readonly Neighbour[]> {
    return (this.#neighbours ??= this.#parse('ip-neigh', (text) =>
      parseNeighbours(text, this.#optional('ip-neigh-proxy')),
    ));
  }
  get fdb(): Parsed<readonly FdbEntry[]> {
    return (this.#fdb ??= this.#parse('bridge-fdb', parseFdb));
  }
  get vlans(): Parsed<readonly PortVlan[]> {
    return this.#parse('bridge-vlan', parseBridgeVlan);
  }
  get sockets(): Parsed<readonly ListeningSocket[]> {
    return this.#parse('sockets', parseSockets);
  }
  get sysctls(): Parsed<Sysctls> {
    return (this.#sysctls ??= this.#parse('sysctl', parseSysctls));
  }
  get netnsIds(): Parsed<NetnsIds> {
    return this.#parse('ip-netns-ids', parseNetnsIds);
  }
  /** In brief looks only, as is the next: the rest is told by the sysctls and the routes. */
  get netconf(): Parsed<readonly DeviceNetconf[]> {
    return this.#parse('ip-netconf', parseNetconf);
  }
  get localRoutes(): Parsed<readonly Prefix[]> {
    return this.#parse('ip4-local', parseLocalRoutes);
  }
  /** Connections that were tracked when the dump was taken; not ok where they were too many to list. */
  get conntrack(): Parsed<readonly TrackedConnection[]> {
    return this.#parseOptional('conntrack', parseConntrack);
  }
  /** The queues of netfilter that a program reads. */
  get queues(): Parsed<ReadonlySet<number>> {
    return this.#parse('nfqueue', parseQueues);
  }
  /** What IPsec wants of packets; a kernel without it has none. */
  get xfrmPolicies(): Parsed<readonly XfrmPolicy[]> {
    return this.#parseOptional('xfrm', parseXfrmPolicies);
  }
  get wireguard(): Parsed<readonly WireguardDevice[]> {
    return this.#parse('wireguard', parseWireguard);
  }
  /** Chains of arptables that are not nftables' own, as are the next; none where nobody has used such a table. */
  get arptables(): Parsed<readonly LegacyChain[]> {
    return this.#parseOptional('arptables-legacy', (text) => parseLegacyList(text, 'arptables-legacy'));
  }
  get ebtables(): Parsed<readonly LegacyChain[]> {
    return this.#parseOptional('ebtables-legacy', (text) => parseLegacyList(text, 'ebtables-legacy'));
  }
  get ipsets(): Parsed<IpSets> {
    return this.#parseOptional('ipset-save', parseIpsetSave);
  }

  /** Virtual services of IPVS; none where the kernel has none here. */
  get ipvs(): Parsed<Ipvs> {
    return (this.#ipvs ??= this.#keep('ipvs', () =>
      readIpvs((name) => this.section(name), this.link('kube-ipvs0') !== undefined),
    ));
  }

  /** What nft lists, by its text, else by its JSON, which says less. A kernel without nf_tables has none. */
  get nftables(): Parsed<RuleSet> {
    return (this.#nftables ??= this.#readNftables());
  }

  #readNftables(): Parsed<RuleSet> {
    const text = this.section('nft-ruleset-text');
    const read = text === undefined ? undefined : this.#parse('nft-ruleset-text', parseNftText);
    if (read?.ok === true) return read;
    const json = this.section('nft-ruleset');
    if (json?.exitCode === 127) return missing('nft-ruleset', 'nft is missing');
    if (json !== undefined) return this.#parse('nft-ruleset', parseNftJson);
    return read ?? { ok: true, value: { tables: [] } };
  }

  routes(family: Family): Parsed<readonly Route[]> {
    return this.#parse(family === 4 ? 'ip4-route' : 'ip6-route', (text) => parseRoutes(text, family));
  }
  rules(family: Family): Parsed<readonly PolicyRule[]> {
    return this.#parse(family === 4 ? 'ip4-rule' : 'ip6-rule', (text) => parseRules(text, family));
  }

  /** The rule sets of both back ends that have any table. A back end whose save tool failed makes it not ok. */
  iptables(family: Family): Parsed<readonly IPTables[]> {
    // Asked at every hook, so without a look-up by name.
    return family === 4 ? (this.#iptables4 ??= this.#readIptables(4)) : (this.#iptables6 ??= this.#readIptables(6));
  }

  #readIptables(family: Family): Parsed<readonly IPTables[]> {
    return this.#keep(`iptables${family}`, () => {
      const found: IPTables[] = [];
      for (const ruleSet of ['iptables-legacy', 'iptables-nft'] as const) {
        const name: SectionName =
          `${family === 4 ? '' : 'ip6'}${family === 4 ? ruleSet : ruleSet.slice(2)}-save` as SectionName;
        const section = this.section(name);
        if (section === undefined) continue;
        if (section.exitCode !== 0) return missing(name, failure(section));
        if (section.stdout.trim() !== '') found.push(parseIptablesSave(section.stdout, ruleSet, family));
      }
      return { ok: true, value: found };
    });
  }

  /** How many IPv4 routes the kernel counts in the tables local and main. */
  get tries(): Parsed<TrieCounts> {
    return this.#parse('ip4-tries', parseTries);
  }

  get router(): Parsed<Router> {
    this.#router ??= this.#makeRouter();
    return this.#router;
  }

  section(name: SectionName): Section | undefined {
    return this.#info.sections[name];
  }

  /** A section about the whole machine, which the dump has in the host's namespace. */
  nodeSection(name: SectionName): Section | undefined {
    return this.#node.netns.find(({ isHost }) => isHost)?.sections[name];
  }

  /** The text of sections in all namespaces of the node. */
  nodeSections(names: readonly SectionName[]): readonly string[] {
    return this.#node.netns.flatMap(({ sections }) => names.flatMap((name) => sections[name]?.stdout ?? []));
  }

  link(name: string): NetLink | undefined {
    return (this.#linkOf ??= new Map(values(this.links).map((link) => [link.name, link]))).get(name);
  }

  /** A sysctl by its path under /proc/sys/net, e.g. `ipv4/ip_forward`; undefined where it was not collected. */
  sysctl(key: string): string | undefined {
    const sysctls = this.sysctls;
    return sysctls.ok ? sysctls.value.get(key) : undefined;
  }

  /** `net.ipvN.conf.DEV.KEY` as a number. */
  conf(family: Family, dev: string, key: string): number | undefined {
    const sysctls = this.sysctls;
    if (!sysctls.ok) return undefined;
    this.#conf ??= deviceConf(sysctls.value);
    return this.#conf(family, dev, key);
  }

  /** Addresses on a device, in the kernel's order. */
  addressesOn(dev: string, family: Family): readonly Address[] {
    const addresses = this.addresses;
    return addresses.ok ? addresses.value.filter((address) => address.dev === dev && address.ip.family === family) : [];
  }

  /** The device that has this address, if any; of several the first. */
  owner(ip: IP): Address | undefined {
    this.#ownerOf ??= new Map(
      values(this.addresses)
        .toReversed()
        .map((address) => [address.ip.text, address]),
    );
    return this.#ownerOf.get(ip.text);
  }

  /** Every device that has it: an address may be on lo too. */
  owners(ip: IP): readonly Address[] {
    return values(this.addresses).filter((address) => address.ip.text === ip.text);
  }

  /** The neighbour table's own entry for an address on a device; proxy entries are not meant. */
  neighbour(dev: string, ip: IP): Neighbour | undefined {
    // of two that a dump names, the later
    return this.#entriesFor(ip).findLast((entry) => !entry.isProxy && entry.dev === dev);
  }

  /** The same on all devices. */
  neighboursAt(ip: IP): readonly Neighbour[] {
    return this.#entriesFor(ip).filter((entry) => !entry.isProxy);
  }

  /** Whether the device answers for the address in another's place. */
  hasProxyEntry(dev: string, ip: IP): boolean {
    return this.#entriesFor(ip).some((entry) => entry.isProxy && entry.dev === dev);
  }

  #entriesFor(ip: IP): readonly Neighbour[] {
    this.#neighboursAt ??= grouped(values(this.neighbours), (entry) => entry.ip.text);
    return this.#neighboursAt.get(ip.text) ?? NO_NEIGHBOURS;
  }

  /**
   * Whether the namespace may have an IPv4 address, as an address or as a local route to exactly it: a look at the text,
   * which is asked of many namespaces and parses none of them.
   */
  claims(ip: IP): boolean {
    const has = (name: SectionName, words: readonly string[]): boolean => {
      const text = this.section(name)?.stdout ?? '';
      return words.some((word) => text.includes(word));
    };
    return (
      has('ip-addr', [`"local":"${ip.text}"`]) ||
      // RTN_LOCAL by number or by name
      has('ip4-route', [`"type":"2","dst":"${ip.text}"`, `"type":"local","dst":"${ip.text}"`]) ||
      // of a brief look
      has('ip4-local', [`"dst":"${ip.text}"`])
    );
  }

  /** Forwarding database entries of all devices for a MAC address. */
  fdbOf(mac: string): readonly FdbEntry[] {
    this.#fdbOf ??= grouped(values(this.fdb), (entry) => entry.mac);
    return this.#fdbOf.get(mac) ?? NO_ENTRIES;
  }

  #makeRouter(): Parsed<Router> {
    const { links, addresses, sysctls } = this;
    const nexthops = this.#parseOptional('ip-nexthop', parseNexthops);
    const routes4 = this.routes(4);
    const routes6 = this.routes(6);
    const rules4 = this.rules(4);
    const rules6 = this.rules(6);
    const { neighbours, tries } = this;
    for (const part of [links, addresses, sysctls, nexthops, routes4, routes6, rules4, rules6])
      if (!part.ok) return part;
    return {
      ok: true,
      value: createRouter({
        links: valueOf(links),
        addresses: valueOf(addresses),
        sysctls: valueOf(sysctls),
        nexthops: valueOf(nexthops),
        routes4: valueOf(routes4),
        routes6: valueOf(routes6),
        rules4: valueOf(rules4),
        rules6: valueOf(rules6),
        ...(tries.ok ? { tries: tries.value } : {}),
        ...(neighbours.ok ? { neighbours: neighbours.value } : {}),
        ...(this.kernel === undefined ? {} : { kernel: this.kernel }),
      }),
    };
  }

  #optional(name: SectionName): string | undefined {
    const section = this.section(name);
    return section !== undefined && section.exitCode === 0 ? section.stdout : undefined;
  }

  #parse<T>(name: SectionName, parse: (text: string) => T): Parsed<T> {
    return this.#keep(name, () => {
      const section = this.section(name);
      if (section === undefined) return missing(name, 'not collected');
      if (section.exitCode !== 0) return missing(name, failure(section));
      if (NEVER_EMPTY.has(name) && section.stdout.trim() === '') return missing(name, 'the tool printed nothing');
      return { ok: true, value: parse(section.stdout) };
    });
  }

  /** For what a kernel without the feature does not have: absent is empty, failed is not. */
  #parseOptional<T>(name: SectionName, parse: (text: string) => T): Parsed<T> {
    return this.#keep(name, () => {
      const section = this.section(name);
      if (section === undefined) return { ok: true, value: parse('') };
      if (section.exitCode !== 0) return missing(name, failure(section));
      return { ok: true, value: parse(section.stdout) };
    });
  }

  #keep<T>(name: string, make: () => Parsed<T>): Parsed<T> {
    let kept = this.#kept.get(name) as Parsed<T> | undefined;
    if (kept === undefined) {
      try {
        kept = make();
      } catch (error) {
        // A section that can't be read is a gap in the knowledge, not the end of the diagnosis.
        if (!(error instanceof Error)) throw error;
        kept = missing(name, error.message);
      }
      this.#kept.set(name, kept);
    }
    return kept;
  }
}

/** The devices of a namespace; none where they could not be read. */
export function linksOf(ns: NetNS): readonly NetLink[] {
  return values(ns.links);
}

const NO_NEIGHBOURS: readonly Neighbour[] = [];
const NO_ENTRIES: readonly FdbEntry[] = [];

/** By key, each group in the order of the items. */
export function grouped<K, T>(items: readonly T[], keyOf: (item: T) => K): ReadonlyMap<K, readonly T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

/** What is there; nothing where the section could not be read. Callers have asked for `ok` where that matters. */
function values<T>(parsed: Parsed<readonly T[]>): readonly T[] {
  return parsed.ok ? parsed.value : [];
}

function valueOf<T>(parsed: Parsed<T>): T {
  if (!parsed.ok) throw new Error(`section ${parsed.missing.section}: ${parsed.missing.reason}`);
  return parsed.value;
}

function missing(
  section: string,
  reason: string,
): { readonly ok: false; readonly missing: { readonly section: string; readonly reason: string } } {
  return { ok: false, missing: { section, reason } };
}

function failure(section: Section): string {
  const why = section.stderr.trim().split('\n')[0] ?? '';
  if (section.exitCode === 127) return `the tool is missing (${section.command})`;
  if (section.exitCode === 124) return `\`${section.command}\` ran into its time limit`;
  return `\`${section.command}\` failed with exit code ${section.exitCode}${why === '' ? '' : `: ${why}`}`;
}
