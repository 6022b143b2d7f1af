/** A ConfigMap: where network plugins and kube-proxy keep their configuration. */
import { fields, textMap } from './fields.ts';
import { readMeta } from './object-meta.ts';
import type { ObjectMeta } from './object-meta.ts';

export interface ConfigMap extends ObjectMeta {
  readonly data: ReadonlyMap<string, string>;
}

export function readConfigMap(object: unknown): ConfigMap | undefined {
  const meta = readMeta(object);
  return meta === undefined ? undefined : { ...meta, data: textMap(fields(object), 'data') };
}
