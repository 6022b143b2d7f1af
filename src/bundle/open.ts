/** Opens a bundle: the manifest at once, objects and dumps when somebody asks for them. */
import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { InputError } from '../collector/input-error.ts';
import { MAX_DUMP_BYTES, readDump } from '../collector/read-dump.ts';
import type { NodeNetworkStackDump } from '../model/dump.ts';
import { gunzip } from './gzip-member.ts';
import { parseJsonLines } from './guarded-json.ts';
import { isRecord, MANIFEST, parseManifest } from './manifest.ts';
import type { Manifest } from './manifest.ts';
import { hasGoodChecksum, indexTar } from './tar-index.ts';
import type { TarMember } from './tar-index.ts';

export interface Bundle {
  /** The file's name, or what stands for it. */
  readonly file: string;
  readonly manifest: Manifest;
  /**
   * Objects per kind (`Pod`, `Service`, …) as the API server gave them. A kind is read when it is first looked at, which
   * throws InputError where it is damaged. A kind that was not captured is absent.
   */
  readonly objects: Readonly<Record<string, readonly unknown[]>>;
  /** Names of the nodes whose dump is inside. */
  readonly nodes: readonly string[];
  /** The node's dump, read at the first call; undefined where there is none. Throws InputError. */
  dump(nodeName: string): NodeNetworkStackDump | undefined;
  /** Bytes of a member in the file. */
  packedSize(member: string): number;
}

/** Larger files are refused: no bundle of a cluster that a person looks at is. */
export const MAX_BUNDLE_BYTES = 1024 * 1024 * 1024;
const MAX_OBJECTS_BYTES = 384 * 1024 * 1024;

/** Opens a file or the bytes of one. Throws InputError; of the file system, what `fs` throws. */
export function openBundle(source: string | Buffer, name = 'bundle'): Bundle {
  const file = typeof source === 'string' ? source : name;
  const data = typeof source === 'string' ? readBundleFile(source) : source;
  refuseOthers(data, file);
  const members = indexTar(data, file);
  const bytes = (member: TarMember): Buffer => data.subarray(member.offset, member.offset + member.size);
  const [first] = members.values();
  if (first?.name !== MANIFEST) throw new InputError({ file }, `its first member is not ${MANIFEST}`, NOT_A_BUNDLE);
  const manifest = parseManifest(bytes(first), file);
  const member = (memberName: string): TarMember => {
    const found = members.get(memberName);
    if (found === undefined)
      throw new InputError({ file, section: MANIFEST }, `names the member ${memberName}, which is not in the file`);
    return found;
  };
  const entries = new Map(manifest.nodes.map((node) => [node.name, node]));
  const dumps = new Map<string, NodeNetworkStackDump>();
  checkMembers(manifest, members, file);
  return {
    file,
    manifest,
    objects: lazyObjects(manifest, (memberName) =>
      parseObjects(bytes(member(memberName)), { file, section: memberName }),
    ),
    nodes: manifest.nodes.map((node) => node.name),
    dump(nodeName) {
      const entry = entries.get(nodeName);
      if (entry === undefined) return undefined;
      let dump = dumps.get(nodeName);
      if (dump === undefined) {
        const text = gunzip(bytes(member(entry.member)), MAX_DUMP_BYTES, { file, section: entry.member });
        dump = readDump(text, { file: `${file}, ${entry.member}` });
        if (dump.nodeName !== nodeName) {
          throw new InputError(
            { file, section: entry.member },
            `is the dump of ${dump.nodeName}, the manifest says ${nodeName}`,
          );
        }
        dumps.set(nodeName, dump);
      }
      return dump;
    },
    packedSize: (memberName) => member(memberName).size,
  };
}

const NOT_A_BUNDLE = { remedy: 'A bundle is what `skoop bundle create` makes.' };

/** Looks at the first block before the file is read: a disk image given by mistake must not fill the memory. */
function readBundleFile(file: string): Buffer {
  const descriptor = openSync(file, 'r');
  try {
    const stat = fstatSync(descriptor);
    if (stat.isDirectory()) throw Object.assign(new Error('is a directory'), { code: 'EISDIR', path: file });
    if (!stat.isFile())
      throw new InputError({ file }, 'is not a plain file', {
        remedy: 'A bundle is read in parts: save it to a file first.',
      });
    const head = Buffer.alloc(512);
    refuseOthers(head.subarray(0, readSync(descriptor, head, 0, head.length, 0)), file);
    if (stat.size > MAX_BUNDLE_BYTES)
      throw new InputError(
        { file },
        `has more than ${MAX_BUNDLE_BYTES / 1024 / 1024} MiB, which no bundle has`,
        NOT_A_BUNDLE,
      );
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Says what a file is that is not a bundle, where it can be told from its first block. */
function refuseOthers(data: Buffer, file: string): void {
  if (data.length === 0) throw new InputError({ file }, 'is empty', NOT_A_BUNDLE);
  const start = data.toString('latin1', 0, 16);
  if (start.startsWith('\x1f\x8b'))
    throw new InputError({ file }, 'is packed with gzip as a whole', {
      remedy: 'Unpack it with gunzip: a bundle is a tar file whose members are packed.',
    });
  if (start.startsWith('#skoop-dump'))
    throw new InputError({ file }, 'is the dump of one node, not a bundle', {
      remedy: 'Make a bundle of it: skoop bundle create --objects … --dump FILE -o incident.skoop',
    });
  if (data.length < 512) throw new InputError({ file }, 'is not a bundle', NOT_A_BUNDLE);
  const header = data.subarray(0, 512);
  if (!hasGoodChecksum(header)) throw new InputError({ file }, 'is not a bundle', NOT_A_BUNDLE);
}

function checkMembers(manifest: Manifest, members: ReadonlyMap<string, TarMember>, file: string): void {
  const list = [
    MANIFEST,
    ...Object.values(manifest.objects).map((entry) => entry.member),
    ...manifest.nodes.map((node) => node.member),
  ];
  const named = new Set(list);
  for (const name of named) {
    if (!members.has(name))
      throw new InputError({ file, section: MANIFEST }, `names the member ${name}, which is not in the file`);
  }
  if (named.size !== list.length) throw new InputError({ file, section: MANIFEST }, 'names a member twice');
  for (const name of members.keys()) {
    if (!named.has(name))
      throw new InputError({ file, section: name }, 'is in the file, but the manifest does not name it');
  }
}

function lazyObjects(
  manifest: Manifest,
  read: (member: string) => readonly unknown[],
): Readonly<Record<string, readonly unknown[]>> {
  const objects: Record<string, readonly unknown[]> = {};
  for (const [kind, { member }] of Object.entries(manifest.objects)) {
    let kept: readonly unknown[] | undefined;
    Object.defineProperty(objects, kind, { enumerable: true, get: () => (kept ??= read(member)) });
  }
  return objects;
}

function parseObjects(packed: Buffer, place: { readonly file: string; readonly section: string }): readonly unknown[] {
  const objects = parseJsonLines(gunzip(packed, MAX_OBJECTS_BYTES, place), place);
  const wrong = objects.findIndex((object) => !isRecord(object) || !isRecord(object['metadata']));
  if (wrong >= 0) throw new InputError({ ...place, line: wrong + 1 }, 'is not a Kubernetes object');
  return objects;
}
