/** Rule sets as plain values that can be compared, whatever was read lazily. */
import type { Chain, NftSet, RuleSet, Table } from '../../../../src/netstack/nftables/types.ts';

/** All that is in it. */
export function plain(rules: RuleSet): unknown {
  return rules.tables.map((table) => plainTable(table));
}

/** What both listings tell, times in the seconds that JSON has. */
export function plainOfBoth(rules: RuleSet): unknown {
  return rules.tables.map((table) =>
    plainTable({
      ...without(table, 'comment', 'hasUnreadFlags'),
      flags: [],
      objects: (table.objects ?? []).toSorted((x, y) => (`${x.kind} ${x.name}` < `${y.kind} ${y.name}` ? -1 : 1)),
      chains: new Map([...table.chains].map(([name, chain]) => [name, chainOfBoth(chain)])),
      sets: new Map([...table.sets].map(([name, set]) => [name, setOfBoth(set)])),
    }),
  );
}

function plainTable(table: Table): unknown {
  return {
    ...table,
    chains: [...table.chains.values()].map((chain) => ({
      ...chain,
      rules: chain.rules.map((rule) => ({
        handle: rule.handle,
        comment: rule.comment,
        raw: rule.raw,
        statements: rule.statements.map((statement) => ({ ...statement })),
      })),
    })),
    sets: [...table.sets.values()].map((set) => ({ ...set })),
  };
}

function chainOfBoth(chain: Chain): Chain {
  const { base } = chain;
  const rest = without(chain, 'comment');
  return base === undefined ? rest : { ...rest, base: { ...without(base, 'hasUnreadDevices'), devices: [] } };
}

/** Optional properties left out. */
function without<T extends object>(whole: T, ...keys: readonly (keyof T)[]): T {
  const entries = Object.entries(whole).filter(([key]) => !(keys as readonly string[]).includes(key));
  return Object.fromEntries(entries) as T;
}

function setOfBoth(set: NftSet): NftSet {
  return {
    ...without(set, 'typeof', 'isAutoMerge', 'isIntervalData'),
    isDynamic: false,
    flags: (set.flags ?? []).filter((flag) => flag !== 'dynamic'),
    elements: set.elements.map(({ expires, ...element }) => ({
      ...element,
      ...(expires === undefined ? {} : { expires: Math.floor(expires) }),
    })),
  };
}
