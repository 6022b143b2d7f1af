/** The base chains of a namespace without those of iptables-nft, which are evaluated from the save tool's output. */
import type { NetNS } from '../netns.ts';
import { perNamespace } from '../per-namespace.ts';
import type { Parsed } from '../state.ts';
import { baseChainsOf } from './base-chains.ts';
import { iptablesTable } from './iptables-table.ts';
import type { BaseChain } from './walked.ts';

const chainsOf = perNamespace(nativeChains);

/** Base chains of the families at the hook; of those bound to devices the ones of `device` alone. */
export function baseChainsAt(
  ns: NetNS,
  families: readonly string[],
  hook: string,
  device?: string,
): Parsed<readonly BaseChain[]> {
  const chains = chainsOf(ns);
  if (!chains.ok) return chains;
  const value = chains.value.filter(
    (chain) =>
      chain.hook === hook &&
      families.includes(chain.table.family) &&
      (device === undefined || chain.devices.length === 0 || chain.devices.includes(device)),
  );
  return { ok: true, value };
}

/** The first of such chains that may do anything to a packet; undefined where there is none. */
export function busyChainAt(
  ns: NetNS,
  families: readonly string[],
  hook: string,
  device?: string,
): Parsed<BaseChain | undefined> {
  const chains = baseChainsAt(ns, families, hook, device);
  return chains.ok ? { ok: true, value: chains.value.find(({ isPassing }) => !isPassing) } : chains;
}

function nativeChains(ns: NetNS): Parsed<readonly BaseChain[]> {
  const rules = ns.nftables;
  if (!rules.ok) return rules;
  const { tables } = rules.value;
  const asleep = new Set(tables.filter(({ hasUnreadFlags }) => hasUnreadFlags === true).map(keyOf));
  const kinds = new Map(tables.map((table) => [keyOf(table), iptablesTable(ns, table)]));
  const kindOf = ({ table }: BaseChain): string | undefined => kinds.get(keyOf(table));
  const value = baseChainsOf(rules.value)
    .filter((chain) => kindOf(chain) !== 'saved')
    .map((chain) => {
      if (kindOf(chain) === 'mixed') return mixed(chain);
      return asleep.has(keyOf(chain.table)) ? maybeAsleep(chain) : chain;
    });
  return { ok: true, value };
}

const keyOf = ({ family, name }: { readonly family: string; readonly name: string }): string => `${family} ${name}`;

/** nft's JSON garbles the flags of a table; a dormant one sees no packet. */
function maybeAsleep(chain: BaseChain): BaseChain {
  const unreadable = `table ${chain.table.family} ${chain.table.name} may be dormant, which nft's JSON does not tell`;
  return { ...chain, chain: chain.chain, isPassing: chain.isPassing, unreadable };
}

function mixed(chain: BaseChain): BaseChain {
  const unreadable = `table ${chain.table.family} ${chain.table.name} holds rules of iptables and of nftables itself, and no tool shows both`;
  return { ...chain, chain: chain.chain, isPassing: false, unreadable };
}
