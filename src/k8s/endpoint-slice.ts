/** An EndpointSlice: who stands behind a Service, in one address family. */
import type { Family, IP } from '../model/address.ts';
import { readIPs } from './addresses.ts';
import { at, count, fields, flag, list, text } from './fields.ts';
import type { Fields } from './fields.ts';
import { readMeta } from './object-meta.ts';
import type { ObjectMeta } from './object-meta.ts';
import { readTransport } from './transport.ts';
import type { Transport } from './transport.ts';

export interface SliceEndpoint {
  readonly ip: IP;
  readonly isReady: boolean;
  readonly isServing: boolean;
  readonly isTerminating: boolean;
  readonly nodeName?: string;
  /** The pod's `namespace/name`, where it is one. */
  readonly pod?: string;
  readonly zone?: string;
  readonly hintedZones: readonly string[];
  readonly hintedNodes: readonly string[];
}

export interface SlicePort {
  readonly name: string;
  readonly port?: number;
  readonly protocol: Transport;
}

export interface EndpointSlice extends ObjectMeta {
  /** Name of the Service in the same namespace; absent where the slice has no such label. */
  readonly service?: string;
  readonly family: Family;
  readonly endpoints: readonly SliceEndpoint[];
  readonly ports: readonly SlicePort[];
}

/** Undefined also for slices of host names (`addressType: FQDN`), which no proxy serves. */
export function readEndpointSlice(object: unknown): EndpointSlice | undefined {
  const meta = readMeta(object);
  const type = text(fields(object), 'addressType');
  if (meta === undefined || (type !== 'IPv4' && type !== 'IPv6')) return undefined;
  const family = type === 'IPv4' ? 4 : 6;
  const service = meta.labels.get('kubernetes.io/service-name');
  return {
    ...meta,
    ...(service === undefined ? {} : { service }),
    family,
    endpoints: list(fields(object), 'endpoints')
      .map(fields)
      .flatMap((entry) => readEndpoint(entry, family, meta.namespace)),
    ports: list(fields(object), 'ports').map(fields).flatMap(readSlicePort),
  };
}

function readEndpoint(entry: Fields, family: Family, namespace: string): SliceEndpoint[] {
  // Only the first address of an endpoint counts: consumers read no further (API reference of EndpointSlice).
  const ip = readIPs(list(entry, 'addresses'))[0];
  if (ip === undefined || ip.family !== family) return [];
  const conditions = at(entry, 'conditions');
  const target = at(entry, 'targetRef');
  const podName = text(target, 'kind') === 'Pod' ? text(target, 'name') : undefined;
  const nodeName = text(entry, 'nodeName');
  const zone = text(entry, 'zone');
  const hinted = (key: string): readonly string[] =>
    list(at(entry, 'hints'), key)
      .map((hint) => text(fields(hint), 'name'))
      .filter((name) => name !== undefined);
  return [
    {
      ip,
      // nil means ready and serving, and not terminating (pkg/proxy/endpointslicecache.go).
      isReady: flag(conditions, 'ready') ?? true,
      isServing: flag(conditions, 'serving') ?? true,
      isTerminating: flag(conditions, 'terminating') ?? false,
      ...(nodeName === undefined ? {} : { nodeName }),
      ...(podName === undefined ? {} : { pod: `${text(target, 'namespace') ?? namespace}/${podName}` }),
      ...(zone === undefined ? {} : { zone }),
      hintedZones: hinted('forZones'),
      hintedNodes: hinted('forNodes'),
    },
  ];
}

function readSlicePort(entry: Fields): SlicePort[] {
  const protocol = readTransport(text(entry, 'protocol'));
  const port = count(entry, 'port');
  return protocol === undefined
    ? []
    : [{ name: text(entry, 'name') ?? '', protocol, ...(port === undefined ? {} : { port }) }];
}
