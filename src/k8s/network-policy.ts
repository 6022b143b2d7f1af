/** A NetworkPolicy, kept as it came: judging one takes all of them together. */
import { at } from './fields.ts';
import type { Fields } from './fields.ts';
import { readMeta } from './object-meta.ts';
import type { ObjectMeta } from './object-meta.ts';

export interface NetworkPolicy extends ObjectMeta {
  readonly spec: Fields;
}

export function readNetworkPolicy(object: unknown): NetworkPolicy | undefined {
  const meta = readMeta(object);
  return meta === undefined ? undefined : { ...meta, spec: at(object, 'spec') };
}
