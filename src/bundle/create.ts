/** Makes a bundle from the objects and the dumps of one cluster. */
import { gzipSync } from 'node:zlib';
import { InputError } from '../collector/input-error.ts';
import { printDump } from '../collector/print-dump.ts';
import { MAX_DUMP_BYTES, readDump } from '../collector/read-dump.ts';
import { readBounded } from './bounded-file.ts';
import { BUNDLE_FORMAT, BUNDLE_SCHEMA, MANIFEST } from './manifest.ts';
import type { Manifest, NodeEntry, ObjectsEntry } from './manifest.ts';
import { readObjects } from './objects-input.ts';
import type { KubernetesObject } from './objects-input.ts';
import { redactDump } from './redact-dump.ts';
import { redactObject } from './redact-objects.ts';
import { writeTar } from './write-tar.ts';
import type { NewMember } from './write-tar.ts';

/** A file's path, or its name and content. */
export type InputFile = string | { readonly file: string; readonly data: Buffer };

export interface CreateOptions {
  readonly objects: readonly InputFile[];
  readonly dumps: readonly InputFile[];
  /** Leave out what is not about the network. */
  readonly redact?: boolean;
  readonly createdAt: Date;
  /** Program and version. */
  readonly createdBy: string;
}

export interface NewBundle {
  readonly bytes: Buffer;
  readonly manifest: Manifest;
  /** What was left out, in sentences for the user. */
  readonly notes: readonly string[];
}

/** Throws InputError for a file that can't be used, and what `fs` throws. */
export async function createBundle(options: CreateOptions): Promise<NewBundle> {
  const notes: string[] = [];
  const objects = await packObjects(options, notes);
  const dumps = await packDumps(options);
  if (objects.length === 0 && dumps.length === 0)
    throw new InputError({ file: 'bundle' }, 'nothing was given to put in', {
      remedy:
        notes.length > 0
          ? `${notes.join('; ')}. The objects of docs/bundles.md, and a dump of each node, are what makes a bundle.`
          : 'The objects of docs/bundles.md, and a dump of each node, are what makes a bundle.',
    });
  const manifest: Manifest = {
    format: BUNDLE_FORMAT,
    schema: BUNDLE_SCHEMA,
    createdAt: options.createdAt.toISOString(),
    createdBy: options.createdBy,
    isRedacted: options.redact === true,
    objects: Object.fromEntries(objects.map(({ kind, entry }) => [kind, entry])),
    nodes: dumps.map(({ entry }) => entry),
  };
  const first = { name: MANIFEST, data: Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`) };
  return {
    bytes: await writeTar([first, ...objects.map(({ member }) => member), ...dumps.map(({ member }) => member)]),
    manifest,
    notes,
  };
}

interface PackedObjects {
  readonly kind: string;
  readonly entry: ObjectsEntry;
  readonly member: NewMember;
}

async function packObjects(
  { objects: files, redact }: CreateOptions,
  notes: string[],
): Promise<readonly PackedObjects[]> {
  const byKind = new Map<string, Map<string, KubernetesObject>>();
  let secrets = 0;
  const foreign = new Set<string>();
  for (const input of files) {
    const { file, data } = await load(input);
    for (const object of await readObjects(data, file)) {
      if (object.kind === 'Secret') {
        secrets++;
        continue;
      }
      const kept = redact === true ? redactObject(object) : withoutManagedFields(object);
      if (kept === undefined) {
        foreign.add(object.kind);
        continue;
      }
      const same = byKind.get(object.kind) ?? new Map<string, KubernetesObject>();
      // The same object in two files is the same object, taken twice: the later one is kept.
      same.set(identity(object), kept);
      byKind.set(object.kind, same);
    }
  }
  if (secrets > 0)
    notes.push(`${secrets} ${secrets === 1 ? 'Secret was' : 'Secrets were'} left out: skoop never keeps them`);
  if (foreign.size > 0) notes.push(`left out, as it is not about the network: ${[...foreign].join(', ')}`);
  return [...byKind].map(([kind, all]) => {
    const text = [...all.values()].map((object) => `${JSON.stringify(object)}\n`).join('');
    const name = `objects/${kind}.ndjson.gz`;
    return { kind, entry: { member: name, count: all.size }, member: { name, data: gzipSync(text, { level: 1 }) } };
  });
}

function identity({ metadata, ...object }: KubernetesObject): string {
  return JSON.stringify([object['apiVersion'], metadata['namespace'], metadata['name']]);
}

/** Who wrote which field is half of an object's size and nothing about the network. */
function withoutManagedFields(object: KubernetesObject): KubernetesObject {
  const { managedFields: _fields, ...metadata } = object.metadata;
  return { ...object, metadata };
}

interface PackedDump {
  readonly entry: NodeEntry;
  readonly member: NewMember;
}

async function packDumps({ dumps: files, redact }: CreateOptions): Promise<readonly PackedDump[]> {
  const packed: PackedDump[] = [];
  const fileOf = new Map<string, string>();
  for (const input of files) {
    const { file, data } = await load(input);
    const dump = readDump(data, { file });
    const earlier = fileOf.get(dump.nodeName);
    if (earlier !== undefined)
      throw new InputError({ file }, `is of the node ${dump.nodeName}, and so is ${earlier}`, {
        remedy: 'Give one dump per node.',
      });
    fileOf.set(dump.nodeName, file);
    const kept = redact === true ? printDump(redactDump(dump)) : data;
    const name = memberName(dump.nodeName, packed.length);
    const entry = {
      name: dump.nodeName,
      member: name,
      collectedAt: dump.collectedAt,
      kernel: dump.kernel,
      netns: dump.netns.length,
      bytes: kept.length,
    };
    packed.push({ entry, member: { name, data: gzipSync(kept, { level: 1 }) } });
  }
  return packed;
}

/** Node names are DNS names; what is not gets a number. */
function memberName(nodeName: string, index: number): string {
  const isPlain = /^[A-Za-z0-9][A-Za-z0-9.-]{0,70}$/.test(nodeName) && !nodeName.includes('..');
  return isPlain ? `nodes/${nodeName}.dump.gz` : `nodes/unnamed-${index + 1}_.dump.gz`;
}

async function load(input: InputFile): Promise<{ readonly file: string; readonly data: Buffer }> {
  return typeof input === 'string' ? { file: input, data: await readBounded(input, MAX_DUMP_BYTES) } : input;
}
