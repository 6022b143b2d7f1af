/** Placeholder until the sets land: every set is unknown. */
import type { SetQuery } from '../netfilter/types.ts';
export type IpSets = ReadonlyMap<string, string>;
export const parseIpsetSave = (_text: string): IpSets => new Map();
export const testSet = (_sets: IpSets, _name: string, _query: SetQuery): boolean | undefined => undefined;
