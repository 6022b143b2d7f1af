import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { checkBundle, InputError, openBundle } from '../../src/bundle/index.ts';
import { bundleCollector, dumpsCollector, printDump } from '../../src/collector/index.ts';
import { writeTar } from '../../src/bundle/write-tar.ts';
import type { NewMember } from '../../src/bundle/write-tar.ts';
import { plain, smallDump } from '../collector/dumps.ts';
import { NODE, smallBundle, smallBundleBytes, WEB } from './bundles.ts';

const folder = mkdtempSync(join(tmpdir(), 'bundle-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

const dumpText = printDump(smallDump());
const manifest = {
  format: 'skoop-bundle',
  schema: 1,
  createdAt: '2026-11-24T04:00:00.000Z',
  createdBy: 'skoop 0.1.0',
  isRedacted: false,
  objects: { Pod: { member: 'objects/Pod.ndjson.gz', count: 1 } },
  nodes: [
    {
      name: 'node-a',
      member: 'nodes/node-a.dump.gz',
      collectedAt: '2026-11-24T03:31:17Z',
      kernel: '6.18.44',
      netns: 2,
      bytes: dumpText.length,
    },
  ],
};

interface Parts {
  readonly manifest?: unknown;
  readonly pods?: Buffer;
  readonly dump?: Buffer;
  readonly more?: readonly NewMember[];
}

/** A bundle with some of its parts replaced. */
async function made({
  manifest: first = manifest,
  pods = gzipSync(`${JSON.stringify(WEB)}\n`),
  dump = gzipSync(dumpText),
  more = [],
}: Parts): Promise<Buffer> {
  return writeTar([
    { name: 'manifest.json', data: Buffer.from(typeof first === 'string' ? first : JSON.stringify(first)) },
    { name: 'objects/Pod.ndjson.gz', data: pods },
    { name: 'nodes/node-a.dump.gz', data: dump },
    ...more,
  ]);
}

/** The error of reading all of it, which always says what to do. */
function errorOf(source: string | Buffer): InputError {
  try {
    checkBundle(openBundle(source, 'incident.skoop'));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    expect(error.remedy, error.message).toBeTruthy();
    return error;
  }
  throw new Error('no error');
}

describe('openBundle', () => {
  it('gives the objects and the dump', async () => {
    const bundle = await smallBundle();
    expect(bundle.objects).toEqual({ Node: [NODE], Pod: [WEB] });
    expect(bundle.nodes).toEqual(['node-a']);
    expect(plain(bundle.dump('node-a')!)).toEqual(plain(smallDump()));
    expect(bundle.dump('node-a')).toBe(bundle.dump('node-a'));
    expect(bundle.dump('node-z')).toBeUndefined();
  });

  it('reads a damaged dump only when it is asked for', async () => {
    const bundle = openBundle(await made({ dump: gzipSync(dumpText.subarray(0, 300)) }), 'incident.skoop');
    expect(bundle.objects['Pod']).toHaveLength(1);
    const collector = bundleCollector(bundle);
    await expect(collector.dump('node-a')).rejects.toThrow(/^incident\.skoop, nodes\/node-a\.dump\.gz, .*line \d+: /);
    await expect(collector.dump('node-z')).resolves.toBeUndefined();
  });

  it.each<[what: string, source: () => Promise<Buffer>, message: RegExp]>([
    ['an empty file', async () => Buffer.alloc(0), /^incident\.skoop: is empty$/],
    ['another file', async () => Buffer.from('apiVersion: v1\n'.repeat(100)), /^incident\.skoop: is not a bundle$/],
    ['zeros', async () => Buffer.alloc(100_000), /is not a bundle$/],
    ['a dump', async () => dumpText, /is the dump of one node, not a bundle$/],
    ['a bundle packed again', async () => gzipSync(await smallBundleBytes()), /is packed with gzip as a whole$/],
    [
      'a cut bundle',
      async () => (await smallBundleBytes()).subarray(0, 2000),
      /the file ends inside this member|ends before its last block/,
    ],
    [
      'a bundle without its end',
      async () => (await smallBundleBytes()).subarray(0, -1024),
      /ends before its last block$/,
    ],
    [
      'another tar file',
      async () => writeTar([{ name: 'a.txt', data: Buffer.from('x') }]),
      /its first member is not manifest\.json$/,
    ],
    [
      'a version of the future',
      async () => made({ manifest: { ...manifest, schema: 2 } }),
      /section manifest\.json: is a bundle of version 2, this skoop reads version 1$/,
    ],
    [
      'a version that is none',
      async () => made({ manifest: { ...manifest, schema: '1' } }),
      /section manifest\.json: "schema" is not a number$/,
    ],
    [
      'a manifest that is not JSON',
      async () => made({ manifest: '{"format":\n"skoop' }),
      /section manifest\.json, line 2: is not JSON: /,
    ],
    [
      'a manifest of something else',
      async () => made({ manifest: [] }),
      /section manifest\.json: is not the manifest of a bundle$/,
    ],
    [
      'a node twice',
      async () => made({ manifest: { ...manifest, nodes: [manifest.nodes[0], manifest.nodes[0]] } }),
      /the node node-a is there twice$/,
    ],
    [
      'a node of another name',
      async () => made({ manifest: { ...manifest, nodes: [{ ...manifest.nodes[0], name: 'node-b' }] } }),
      /is the dump of node-a, the manifest says node-b$/,
    ],
    [
      'a member that is not there',
      async () => made({ manifest: { ...manifest, objects: { Pod: { member: 'objects/Pods.ndjson.gz', count: 1 } } } }),
      /names the member objects\/Pods\.ndjson\.gz, which is not in the file$/,
    ],
    [
      'a member that is not named',
      async () => made({ more: [{ name: 'objects/Node.ndjson.gz', data: gzipSync('') }] }),
      /section objects\/Node\.ndjson\.gz: is in the file, but the manifest does not name it$/,
    ],
    [
      'a member twice',
      async () => made({ more: [{ name: 'nodes/node-a.dump.gz', data: gzipSync('') }] }),
      /section nodes\/node-a\.dump\.gz: is there twice$/,
    ],
    [
      'a path upwards',
      async () => made({ more: [{ name: '../../etc/passwd', data: Buffer.from('x') }] }),
      /"\.\.\/\.\.\/etc\/passwd" is not a name that a bundle's member has$/,
    ],
    [
      'an absolute path',
      async () => made({ more: [{ name: '/etc/passwd', data: Buffer.from('x') }] }),
      /is not a name that a bundle's member has$/,
    ],
    [
      'a dot inside a path',
      async () => made({ more: [{ name: 'nodes/..a.gz', data: Buffer.from('x') }] }),
      /is not a name that a bundle's member has$/,
    ],
    [
      'objects that are not gzip',
      async () => made({ pods: Buffer.from('[]') }),
      /section objects\/Pod\.ndjson\.gz: is not gzip$/,
    ],
    [
      'objects that are cut off',
      async () => made({ pods: gzipSync(JSON.stringify(WEB)).subarray(0, 60) }),
      /section objects\/Pod\.ndjson\.gz: its compressed data is cut off$/,
    ],
    [
      'objects with a wrong checksum',
      async () => made({ pods: withByte(gzipSync(JSON.stringify(WEB)), -6) }),
      /section objects\/Pod\.ndjson\.gz: its compressed data is damaged/,
    ],
    [
      'objects that are no JSON',
      async () => made({ pods: gzipSync(`${JSON.stringify(WEB)}\n{"kind":}\n`) }),
      /section objects\/Pod\.ndjson\.gz, line 2: is not JSON: /,
    ],
    [
      'objects that are no objects',
      async () => made({ pods: gzipSync('{"metadata":{}}\n7\n') }),
      /section objects\/Pod\.ndjson\.gz, line 2: is not a Kubernetes object$/,
    ],
    [
      'objects that are not UTF-8',
      async () =>
        made({
          pods: gzipSync(
            Buffer.concat([Buffer.from('{"metadata":{}}\n{"a":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}\n')]),
          ),
        }),
      /line 2: is not UTF-8 at byte 23$/,
    ],
    [
      'a tower of lists',
      async () => made({ pods: gzipSync('['.repeat(1_000_000)) }),
      /line 1: is nested deeper than 100 levels$/,
    ],
    [
      'a field of nothing',
      async () => made({ pods: gzipSync(`{"metadata":{},"a":[${'{},'.repeat(6_000_000)}{}]}`) }),
      /line 1: has more than 10000000 values$/,
    ],
    [
      'a dump of zeros',
      async () => made({ dump: gzipSync(Buffer.alloc(50_000_000)) }),
      /nodes\/node-a\.dump\.gz, line 1: is not a dump$/,
    ],
  ])('refuses %s', async (_, source, message) => {
    expect(errorOf(await source()).message).toMatch(message);
  });

  it('unpacks no more than a dump may have', async () => {
    // 600 MiB of zeros in 600 KiB.
    const part = Buffer.alloc(150 * 1024 * 1024);
    const bytes = await made({ dump: Buffer.concat(Array.from({ length: 4 }, () => gzipSync(part, { level: 1 }))) });
    const before = process.memoryUsage().rss;
    expect(errorOf(bytes).message).toMatch(/section nodes\/node-a\.dump\.gz: unpacks to more than 512 MiB$/);
    expect(process.memoryUsage().rss - before).toBeLessThan(1200 * 1024 * 1024);
  });

  it('does not read a disk image that was given by mistake', () => {
    const file = join(folder, 'zeros');
    writeFileSync(file, '');
    truncateSync(file, 1024 ** 3);
    const started = performance.now();
    expect(errorOf(file).message).toBe(`${file}: is not a bundle`);
    expect(performance.now() - started).toBeLessThan(500);
  });

  it('answers any change of any bytes with what was there or with one InputError', async () => {
    const whole = await smallBundleBytes();
    const change = fc.record({
      at: fc.nat(whole.length),
      remove: fc.nat(20),
      insert: fc.uint8Array({ maxLength: 20 }),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        let bytes = whole;
        for (const { at, remove, insert } of changes)
          bytes = Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + remove)]);
        try {
          checkBundle(openBundle(bytes, 'incident.skoop'));
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('dumpsCollector', () => {
  it('gives each node its dump', async () => {
    const collector = dumpsCollector([smallDump(), smallDump({ nodeName: 'node-b' })]);
    expect(collector.nodes()).toEqual(['node-a', 'node-b']);
    expect((await collector.dump('node-b'))!.nodeName).toBe('node-b');
  });

  it('refuses two dumps of one node', () => {
    expect(() => dumpsCollector([smallDump(), smallDump()])).toThrow(
      new InputError({ file: 'dumps' }, 'two dumps are of the node node-a', { remedy: 'Give one dump per node.' }),
    );
  });
});

function withByte(data: Buffer, at: number): Buffer {
  const changed = Buffer.from(data);
  const index = at < 0 ? data.length + at : at;
  changed[index] = changed[index]! ^ 0x55;
  return changed;
}
