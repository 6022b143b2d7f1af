/** Finds native nftables base chains that could touch a packet; their rules are not evaluated yet. */
import type { Evidence } from '../../model/evidence.ts';
import type { NetNS } from '../netns.ts';
import type { Parsed } from '../state.ts';

interface BaseChain {
  readonly family: string;
  readonly table: string;
  readonly name: string;
  readonly hook: string;
  readonly dev?: string;
  readonly evidence: Evidence;
}

const kept = new WeakMap<NetNS, Parsed<readonly BaseChain[]>>();

/** A base chain at the hook, of one of the families, that has rules or does not accept; undefined where there is none. */
export function nativeChainAt(
  ns: NetNS,
  families: readonly string[],
  hook: string,
  dev?: string,
): Parsed<BaseChain | undefined> {
  let chains = kept.get(ns);
  if (chains === undefined) {
    chains = nativeChains(ns);
    kept.set(ns, chains);
  }
  if (!chains.ok) return chains;
  const found = chains.value.find(
    (chain) =>
      families.includes(chain.family) &&
      chain.hook === hook &&
      (dev === undefined || chain.dev === undefined || chain.dev === dev),
  );
  return { ok: true, value: found };
}

function nativeChains(ns: NetNS): Parsed<readonly BaseChain[]> {
  const section = ns.section('nft-ruleset');
  // The collector leaves the section out where the kernel has no nf_tables.
  if (section === undefined) return { ok: true, value: [] };
  if (section.exitCode !== 0) {
    return {
      ok: false,
      missing: {
        section: 'nft-ruleset',
        reason: section.exitCode === 127 ? 'nft is missing' : `nft failed (${section.exitCode})`,
      },
    };
  }
  const text = section.stdout;
  const foreign = foreignTables(text);
  const chains: BaseChain[] = [];
  for (const [object] of text.matchAll(/\{"chain": ?\{[^{}]*"hook"[^{}]*\}\}/g)) {
    const { chain } = JSON.parse(object) as { chain: Record<string, unknown> };
    const [family, table, name] = [String(chain['family']), String(chain['table']), String(chain['name'])];
    if (isSaved(ns, family, table) && !foreign.has(`${family} ${table}`)) continue;
    const policy = typeof chain['policy'] === 'string' ? chain['policy'] : 'accept';
    const rule = new RegExp(
      `\\{"rule": ?\\{"family": ?"${family}", ?"table": ?${escaped(table)}, ?"chain": ?${escaped(name)}[,}]`,
    );
    if (policy === 'accept' && !rule.test(text)) continue;
    chains.push({
      family,
      table,
      name,
      hook: String(chain['hook']),
      ...(typeof chain['dev'] === 'string' ? { dev: chain['dev'] } : {}),
      evidence: {
        kind: 'rule',
        raw: `table ${family} ${table} chain ${name} { type ${String(chain['type'])} hook ${String(chain['hook'])} priority ${String(chain['prio'])}; policy ${policy}; }`,
        where: `nft ruleset of ${ns.key}`,
      },
    });
  }
  return { ok: true, value: chains };
}

/** Tables of iptables-nft show up in `nft list ruleset` too; their rules are evaluated from the save tool's output. */
function isSaved(ns: NetNS, family: string, table: string): boolean {
  const save =
    family === 'ip' ? ns.section('iptables-nft-save') : family === 'ip6' ? ns.section('ip6tables-nft-save') : undefined;
  return save !== undefined && save.exitCode === 0 && save.stdout.includes(`*${table}\n`);
}

/**
 * Tables, as `family name`, with what only nft itself makes: the save tool prints such rules as something else, or as
 * nothing. iptables puts a counter into each of its rules and makes no sets and no maps.
 */
function foreignTables(text: string): ReadonlySet<string> {
  const foreign = new Set<string>();
  for (const object of text.split(/(?=\{"(?:rule|set|map)": ?\{)/).slice(1)) {
    const isForeign =
      !object.startsWith('{"rule"') || !object.includes('"counter"') || /"(?:set|vmap|map)":/.test(object);
    const place = isForeign ? /"family": ?"(\w+)".*?"table": ?("(?:[^"\\]|\\.)*")/s.exec(object) : null;
    if (place !== null) foreign.add(`${place[1]!} ${String(JSON.parse(place[2]!))}`);
  }
  return foreign;
}

function escaped(name: string): string {
  return JSON.stringify(name).replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
