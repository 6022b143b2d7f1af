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
      chain.hook === hook && families.includes(chain.table.family) && (device === undefined || isAt(chain, device)),
  );
  return { ok: true, value };
}

export type DeviceHook = 'ingress' | 'egress';

/** Families that have chains at devices themselves (nf_hook_entry_head). */
export const deviceFamilies = (hook: DeviceHook): readonly string[] =>
  hook === 'ingress' ? ['netdev', 'inet'] : ['netdev'];

/** An asterisk at the end stands for the rest of a name. */
function isAt({ devices, hasUnreadDevices }: BaseChain, device: string): boolean {
  if (hasUnreadDevices === true) return true;
  return devices.some((name) => (name.endsWith('*') ? device.startsWith(name.slice(0, -1)) : name === device));
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
      if (chain.hasUnreadDevices === true) return maybeElsewhere(chain);
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

/** nft's JSON leaves out which devices a chain is at. */
function maybeElsewhere(chain: BaseChain): BaseChain {
  const unreadable = `which devices chain ${chain.name} of table ${chain.table.family} ${chain.table.name} is at is not in nft's JSON`;
  return { ...chain, chain: chain.chain, isPassing: chain.isPassing, unreadable };
}

function mixed(chain: BaseChain): BaseChain {
  const unreadable = `table ${chain.table.family} ${chain.table.name} holds rules of iptables and of nftables itself, and no tool shows both`;
  return { ...chain, chain: chain.chain, isPassing: false, unreadable };
}
