/** Bundles to start a test from. */
import { createBundle, openBundle } from '../../src/bundle/index.ts';
import type { Bundle } from '../../src/bundle/index.ts';
import { printDump } from '../../src/collector/index.ts';
import { smallDump } from '../collector/dumps.ts';

export const NODE = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-a', uid: 'n1' } };
export const WEB = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'shop', uid: '0c7b2a52-7f5b-4ec9-9d6e-0f0a2f1f6b11' },
  spec: { nodeName: 'node-a', containers: [{ name: 'web', env: [{ name: 'PASSWORD', value: 'hunter2' }] }] },
  status: { phase: 'Running', podIPs: [{ ip: '10.244.1.7' }] },
};

export const asFile = (value: unknown, file = 'objects.json'): { readonly file: string; readonly data: Buffer } => ({
  file,
  data: Buffer.from(JSON.stringify(value)),
});

export const WHEN = { createdAt: new Date('2026-11-24T04:00:00Z'), createdBy: 'skoop 0.1.0' };

/** One node, one pod. */
export async function smallBundleBytes(): Promise<Buffer> {
  const { bytes } = await createBundle({
    ...WHEN,
    objects: [asFile({ kind: 'List', items: [NODE, WEB] })],
    dumps: [{ file: 'node-a.dump', data: printDump(smallDump()) }],
  });
  return bytes;
}

export async function smallBundle(): Promise<Bundle> {
  return openBundle(await smallBundleBytes(), 'incident.skoop');
}
