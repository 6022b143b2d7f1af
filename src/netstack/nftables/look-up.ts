/** Looks a value up in a set or map, as it is after what packets of this walk did to it. */
import type { NftBranch } from './branch.ts';
import type { CompiledSet, Datum } from './scope.ts';
import type { Found } from './set-index.ts';
import type { Value } from './value.ts';
import { isScalar, NEVER_KNOWN } from './value.ts';

const MISS: Found<Datum> = { kind: 'miss' };

export function lookUp({ index, key }: CompiledSet, value: Value, branch: NftBranch): Found<Datum> {
  if (key !== undefined && branch.input.isUnseen === true) return MISS;
  const found = index.find(value);
  if (found === 'absent') return MISS;
  if (key === undefined || branch.assumed.size === 0) return found;
  const isMember = branch.assumed.get(elementKey(key, value) ?? '');
  if (isMember !== undefined) return isMember ? { kind: 'hit', data: { kind: 'member' } } : MISS;
  return branch.assumed.has(`?${key}`)
    ? { kind: 'not-known', entries: [{ kind: 'member' }], mayMiss: true, why: NEVER_KNOWN }
    : found;
}

/** The name of one element of a set that packets change; undefined where its value is not one value. */
export function elementKey(set: string, value: Value): string | undefined {
  if (isScalar(value)) return `${set} ${value}`;
  if (value.kind !== 'fields' || !value.fields.every(isScalar)) return undefined;
  return `${set} ${value.fields.join(' . ')}`;
}
