/** The first member of a bundle: what is inside and in which form. */
import { InputError } from '../collector/input-error.ts';
import { parseJson } from './guarded-json.ts';

/** Version of the bundle format that this build writes and the only one that it reads. */
export const BUNDLE_SCHEMA = 1;
export const BUNDLE_FORMAT = 'skoop-bundle';
export const MANIFEST = 'manifest.json';

export interface Manifest {
  readonly format: typeof BUNDLE_FORMAT;
  readonly schema: number;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly createdBy: string;
  readonly isRedacted: boolean;
  /** Per kind: the member and how many objects are in it. */
  readonly objects: Readonly<Record<string, ObjectsEntry>>;
  readonly nodes: readonly NodeEntry[];
}

export interface ObjectsEntry {
  readonly member: string;
  readonly count: number;
}

export interface NodeEntry {
  readonly name: string;
  readonly member: string;
  readonly collectedAt: string;
  readonly kernel: string;
  readonly netns: number;
  /** Of the dump, unpacked. */
  readonly bytes: number;
}

/** Checks every field that is read later. Throws InputError. */
export function parseManifest(data: Buffer, file: string): Manifest {
  const place = { file, section: MANIFEST };
  const found = parseJson(data, place, { depth: 10, values: 200_000 });
  if (!isRecord(found) || found['format'] !== BUNDLE_FORMAT)
    throw new InputError(place, 'is not the manifest of a bundle', {
      remedy: 'A bundle is what `skoop bundle create` makes.',
    });
  const { schema } = found;
  if (typeof schema !== 'number' || !Number.isInteger(schema)) throw new InputError(place, '"schema" is not a number');
  if (schema !== BUNDLE_SCHEMA) {
    const remedy = schema > BUNDLE_SCHEMA ? 'Use a newer skoop.' : 'Make the bundle again with this version.';
    throw new InputError(place, `is a bundle of version ${schema}, this skoop reads version ${BUNDLE_SCHEMA}`, {
      remedy,
    });
  }
  for (const key of ['createdAt', 'createdBy'])
    if (typeof found[key] !== 'string') throw new InputError(place, `"${key}" is not text`);
  if (typeof found['isRedacted'] !== 'boolean') throw new InputError(place, '"isRedacted" is not true or false');
  const { objects, nodes } = found;
  if (!isRecord(objects)) throw new InputError(place, '"objects" is not an object');
  for (const [kind, entry] of Object.entries(objects)) {
    if (!/^[A-Z][A-Za-z]{0,62}$/.test(kind)) throw new InputError(place, `"${kind}" is not a kind`);
    if (!isRecord(entry) || !hasTexts(entry, ['member']) || !isCount(entry['count']))
      throw new InputError(place, `"objects.${kind}" is not complete`);
  }
  if (!Array.isArray(nodes)) throw new InputError(place, '"nodes" is not a list');
  const names = new Set<string>();
  for (const node of nodes as readonly unknown[]) {
    if (
      !isRecord(node) ||
      !hasTexts(node, ['name', 'member', 'collectedAt', 'kernel']) ||
      !isCount(node['netns']) ||
      !isCount(node['bytes'])
    ) {
      throw new InputError(place, 'a node is not complete');
    }
    if (names.has(String(node['name']))) throw new InputError(place, `the node ${String(node['name'])} is there twice`);
    names.add(String(node['name']));
  }
  return found as unknown as Manifest;
}

function hasTexts(value: Readonly<Record<string, unknown>>, keys: readonly string[]): boolean {
  return keys.every((key) => typeof value[key] === 'string');
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
