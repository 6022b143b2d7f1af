/** What is read from outside, each as a fuzz target: anything may be refused with an InputError, nothing may do more. */
import { gzipSync } from 'node:zlib';
import { checkBundle, createBundle, describeBundle, InputError, openBundle } from '../src/bundle/index.ts';
import { MANIFEST } from '../src/bundle/manifest.ts';
import { readObjects } from '../src/bundle/objects-input.ts';
import { redactObject } from '../src/bundle/redact-objects.ts';
import { redactDump } from '../src/bundle/redact-dump.ts';
import { writeTar } from '../src/bundle/write-tar.ts';
import { printDump, readDump } from '../src/collector/index.ts';
import { SECTION_COMMANDS } from '../src/model/dump.ts';
import type { NodeNetworkStackDump } from '../src/model/dump.ts';
import type { FuzzTarget } from './fuzz-engine.ts';

const dump: NodeNetworkStackDump = {
  schema: 1,
  nodeName: 'node-a',
  collectedAt: '2026-11-24T03:31:17Z',
  kernel: '6.18.44',
  pods: [{ uid: '0c7b2a52-7f5b-4ec9-9d6e-0f0a2f1f6b11', netnsInode: 2, addresses: [] }],
  netns: [
    {
      inode: 1,
      isHost: true,
      names: [],
      sections: {
        'ip-link': { command: 'ip', exitCode: 0, stdout: '[]\n', stderr: '' },
        tc: { command: 'tc', exitCode: 127, stdout: '', stderr: 'no\n' },
      },
    },
    {
      inode: 2,
      isHost: false,
      names: ['cni-1'],
      sandbox: 'runsc',
      sections: { 'ip-addr': { command: 'ip', exitCode: 0, stdout: '[{"local":"10.244.1.7"}]\n', stderr: '' } },
    },
  ],
  notDumped: [{ inode: 3, names: ['other'] }],
};
const dumpBytes = printDump(dump);
const nonce = dumpBytes.toString().split('\n', 1)[0]!.split(' ')[2]!;
const batch = Buffer.from(
  dumpBytes
    .toString()
    .replace(
      `@${nonce} section tc`,
      `@${nonce} section ip4-route+ip4-rule exit=0 ms=1 out=6 err=0 cmd=ip\n[]\n[]\n\n@${nonce} end ip4-route+ip4-rule\n@${nonce} section tc`,
    ),
);
const dumpWords = [
  `\n@${nonce} `,
  `\n@${nonce} section ip-neigh exit=0 ms=0 out=0 err=0 cmd=\n\n@${nonce} end ip-neigh\n`,
  'netns',
  'name',
  'uid',
  'end',
  'netns-end',
  'not-dumped',
  'eof netns=',
  ' host',
  ' other',
  'exit=',
  'out=',
  'err=',
  '+',
  '\n',
  '"local":"',
  ...Object.keys(SECTION_COMMANDS).slice(0, 6),
];

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'web',
    namespace: 'shop',
    uid: 'u',
    annotations: { 'kubernetes.io/config.hash': 'h' },
    managedFields: [{}],
  },
  spec: {
    nodeName: 'node-a',
    containers: [{ name: 'web', env: [{ name: 'A', value: 'b' }], readinessProbe: { httpGet: { port: 80 } } }],
  },
  status: { phase: 'Running', podIPs: [{ ip: '10.244.1.7' }] },
};
const list = {
  kind: 'List',
  items: [
    pod,
    { kind: 'Node', metadata: { name: 'node-a' } },
    { kind: 'ConfigMap', metadata: { name: 'kube-proxy' }, data: { a: 'b' } },
  ],
};
const yaml =
  'apiVersion: v1\nkind: Pod\nmetadata:\n  name: &n web\n  labels: {app: *n}\n---\nkind: List\nitems:\n- kind: Node\n  metadata: {name: "node-a"}\n';
const objectWords = [
  '"kind":"',
  '"items":[',
  '"metadata":{',
  'null',
  '[',
  ']',
  '{',
  '}',
  ',',
  '"',
  '\\',
  '---\n',
  '- ',
  ': ',
  '&a ',
  '*a',
  '!!binary ',
  '|\n',
  '<<: *a',
  '\t',
  '\n  ',
  '__proto__',
  'List',
];

/** Refusals are what is wanted; everything else that is thrown is a finding. */
function refusing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof InputError && error.message.length < 1000 && !error.message.includes('\n')) return undefined;
    throw error;
  }
}

function useDump(bytes: Buffer): void {
  refusing(() => {
    const read = readDump(bytes, { file: 'fuzz' });
    const printed = printDump(redactDump(read));
    readDump(printed, { file: 'printed' });
  });
}

function useBundle(bytes: Buffer): void {
  refusing(() => describeBundle(openBundle(bytes)));
  refusing(() => checkBundle(openBundle(bytes)));
}

async function useObjects(bytes: Buffer): Promise<void> {
  const objects = await readObjects(bytes, 'fuzz').catch((error: unknown) =>
    refusing(() => {
      throw error;
    }),
  );
  for (const object of objects ?? []) redactObject(object);
}

/** A bundle of which one member is the input: what is behind gzip and the tar header is not found by chance. */
async function useMember(name: 'manifest' | 'objects' | 'dump', bytes: Buffer): Promise<void> {
  const { manifest } = whole;
  const data = (member: string, is: string, otherwise: Buffer): { readonly name: string; readonly data: Buffer } => ({
    name: member,
    data: gzipSync(name === is ? bytes : otherwise, { level: 1 }),
  });
  useBundle(
    await writeTar([
      { name: MANIFEST, data: name === 'manifest' ? bytes : Buffer.from(JSON.stringify(manifest)) },
      data('objects/Pod.ndjson.gz', 'objects', Buffer.from(`${JSON.stringify(pod)}\n`)),
      data('nodes/node-a.dump.gz', 'dump', dumpBytes),
    ]),
  );
}

const whole = await createBundle({
  objects: [{ file: 'o', data: Buffer.from(JSON.stringify(pod)) }],
  dumps: [{ file: 'd', data: dumpBytes }],
  createdAt: new Date(0),
  createdBy: 'fuzz',
});

export const TARGETS: readonly FuzzTarget[] = [
  { name: 'dump', seeds: [dumpBytes, batch], words: dumpWords, run: useDump },
  {
    name: 'bundle',
    seeds: [whole.bytes],
    words: ['ustar\0', '0000644\0', '../', '\x1f\x8b\x08', ...dumpWords],
    run: useBundle,
  },
  {
    name: 'bundle-manifest',
    seeds: [Buffer.from(JSON.stringify(whole.manifest))],
    words: [...objectWords, '"schema":', '1e999', '"nodes":['],
    run: async (input) => useMember('manifest', input),
  },
  {
    name: 'bundle-objects',
    seeds: [Buffer.from(`${JSON.stringify(pod)}\n${JSON.stringify(pod)}\n`)],
    words: objectWords,
    run: async (input) => useMember('objects', input),
  },
  { name: 'bundle-dump', seeds: [dumpBytes, batch], words: dumpWords, run: async (input) => useMember('dump', input) },
  {
    name: 'objects',
    seeds: [Buffer.from(JSON.stringify(list)), Buffer.from(JSON.stringify(list, null, 1)), Buffer.from(yaml)],
    words: objectWords,
    run: useObjects,
  },
];
