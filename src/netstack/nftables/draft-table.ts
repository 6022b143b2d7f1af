/** A table while its listing is read. */
import type { Chain, NamedObject, NftFamily, NftSet, Rule, Table } from './types.ts';

export type DraftTable = Omit<Table, 'chains' | 'sets' | 'objects' | 'flags' | 'comment'> & {
  readonly chains: Map<string, Omit<Chain, 'rules' | 'base' | 'comment'> & DraftChain>;
  readonly sets: Map<string, DraftSet>;
  readonly objects: NamedObject[];
  flags: readonly string[];
  comment?: string;
};

/** That rules put elements into it is seen later, in the rules. */
export type DraftSet = Omit<NftSet, 'isDynamic'> & { isDynamic: boolean };

export interface DraftChain {
  readonly rules: Rule[];
  base?: NonNullable<Chain['base']>;
  comment?: string;
}

const FAMILIES: ReadonlySet<string> = new Set<NftFamily>(['ip', 'ip6', 'inet', 'arp', 'bridge', 'netdev']);

export function isFamily(text: unknown): text is NftFamily {
  return typeof text === 'string' && FAMILIES.has(text);
}

/** The types of nat and route chains; every other is taken for a filter, as which it would be run. */
export function chainType(text: unknown): NonNullable<Chain['base']>['type'] {
  return text === 'nat' || text === 'route' ? text : 'filter';
}

export function draftTable(family: NftFamily, name: string, handle: number | undefined): DraftTable {
  return {
    family,
    name,
    ...(handle === undefined ? {} : { handle }),
    flags: [],
    objects: [],
    chains: new Map(),
    sets: new Map(),
  };
}
