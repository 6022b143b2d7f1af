/** A node as the API server knows it. */
import type { IP, Prefix } from '../model/address.ts';
import { readIPs, readPrefixes } from './addresses.ts';
import { at, fields, list, text, texts } from './fields.ts';
import { readMeta } from './object-meta.ts';
import type { ObjectMeta } from './object-meta.ts';

export interface NodeInfo extends ObjectMeta {
  /** InternalIP addresses, in the object's order; ExternalIP ones are in `externalIPs`. */
  readonly addresses: readonly IP[];
  readonly externalIPs: readonly IP[];
  readonly podCIDRs: readonly Prefix[];
  readonly isReady: boolean;
  /** Why it is not ready, in the kubelet's words. */
  readonly notReadyReason?: string;
}

export function readNode(object: unknown): NodeInfo | undefined {
  const meta = readMeta(object);
  if (meta === undefined) return undefined;
  const status = at(object, 'status');
  const spec = at(object, 'spec');
  const ofType = (type: string): readonly IP[] =>
    readIPs(
      list(status, 'addresses')
        .map(fields)
        .filter((entry) => text(entry, 'type') === type)
        .map((entry) => text(entry, 'address')),
    );
  const condition = list(status, 'conditions')
    .map(fields)
    .find((entry) => text(entry, 'type') === 'Ready');
  // A hand-made object without conditions is taken as ready: nothing says otherwise.
  const isReady = condition === undefined || text(condition, 'status') === 'True';
  const reason = condition === undefined ? undefined : (text(condition, 'message') ?? text(condition, 'reason'));
  return {
    ...meta,
    addresses: ofType('InternalIP'),
    externalIPs: ofType('ExternalIP'),
    podCIDRs: readPrefixes([...texts(spec, 'podCIDRs'), text(spec, 'podCIDR')]),
    isReady,
    ...(isReady || reason === undefined ? {} : { notReadyReason: reason }),
  };
}
