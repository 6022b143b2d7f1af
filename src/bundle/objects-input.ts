/** Reads what `kubectl get … -o json` or `-o yaml` prints: a list or a single object, one document or several. */
import { InputError } from '../collector/input-error.ts';
import { measureJson, OBJECT_LIMITS, parseJson } from './guarded-json.ts';
import { isRecord } from './manifest.ts';
import { parseYamlDocuments } from './yaml-input.ts';

export interface KubernetesObject {
  readonly kind: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/** Larger files are asked for in parts. */
const MAX_BYTES = 384 * 1024 * 1024;

/** All objects of one file, in its order. Throws InputError. */
export async function readObjects(data: Buffer, file: string): Promise<readonly KubernetesObject[]> {
  if (data.length > MAX_BYTES)
    throw new InputError({ file }, `has more than ${MAX_BYTES / 1024 / 1024} MiB`, {
      remedy: 'Give the kinds in a file each.',
    });
  const text = withoutByteOrderMark(data);
  const start = firstInk(text);
  if (start === undefined) throw new InputError({ file }, 'is empty', HOW);
  const isJson = text[start] === OPEN_OBJECT || text[start] === OPEN_LIST;
  const documents = isJson ? jsonDocuments(text, file) : await parseYamlDocuments(text, file);
  return documents.flatMap((document, index) =>
    objectsIn(document, { file, document: documents.length > 1 ? index + 1 : undefined }),
  );
}

const HOW = { remedy: 'Objects are what `kubectl get nodes,pods,services,… -A -o json` (or -o yaml) prints.' };
const [OPEN_OBJECT, OPEN_LIST, QUOTE, BACKSLASH, NEWLINE] = [0x7b, 0x5b, 0x22, 0x5c, 0x0a];

/** Several documents stand one after the other where several commands wrote into one file. */
function jsonDocuments(data: Buffer, file: string): readonly unknown[] {
  const excess = measureJson(data, OBJECT_LIMITS);
  if (excess !== undefined) throw new InputError({ file, line: excess.line }, excess.problem, HOW);
  const bounds = topLevelEnds(data);
  if (bounds.length <= 1) return [parseJson(data, { file, ...HOW })];
  let start = 0;
  return bounds.map((end, index) => {
    const last = index === bounds.length - 1 ? data.length : end;
    const part = data.subarray(start, last);
    start = end;
    return parseJson(part, { file, section: `document ${index + 1}`, ...HOW });
  });
}

/** Offsets after each value at the top level. */
function topLevelEnds(data: Buffer): readonly number[] {
  const ends: number[] = [];
  let [depth, isText] = [0, false];
  for (let i = 0; i < data.length; i++) {
    const byte = data[i]!;
    if (isText) {
      if (byte === BACKSLASH) i++;
      else if (byte === QUOTE) isText = false;
    } else if (byte === QUOTE) isText = true;
    else if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth++;
    else if ((byte === OPEN_OBJECT + 2 || byte === OPEN_LIST + 2) && --depth === 0) ends.push(i + 1);
  }
  return ends;
}

interface Place {
  readonly file: string;
  readonly document: number | undefined;
}

function objectsIn(document: unknown, place: Place): readonly KubernetesObject[] {
  if (Array.isArray(document)) return document.map((item, index) => asObject(item, undefined, { place, index }));
  if (!isRecord(document)) throw wrong(place, 'is not a Kubernetes object');
  const { kind, items } = document;
  if (typeof kind !== 'string') throw wrong(place, 'has no kind');
  if (!kind.endsWith('List')) return [asObject(document, undefined, { place })];
  if (items === undefined || items === null) return [];
  if (!Array.isArray(items)) throw wrong(place, '"items" is not a list');
  // In a typed list (PodList) the items do not say their kind.
  const itemKind = kind === 'List' ? undefined : kind.slice(0, -4);
  return items.map((item: unknown, index) => asObject(item, itemKind, { place, index }));
}

function asObject(
  item: unknown,
  kindOfList: string | undefined,
  { place, index }: { readonly place: Place; readonly index?: number },
): KubernetesObject {
  const which = index === undefined ? '' : `item ${index + 1} `;
  if (!isRecord(item)) throw wrong(place, `${which}is not a Kubernetes object`);
  const kind = item['kind'] ?? kindOfList;
  if (typeof kind !== 'string' || !/^[A-Z][A-Za-z]{0,62}$/.test(kind)) throw wrong(place, `${which}has no kind`);
  const { metadata } = item;
  if (!isRecord(metadata) || typeof metadata['name'] !== 'string') throw wrong(place, `${which}(${kind}) has no name`);
  return { ...item, kind, metadata };
}

function wrong({ file, document }: Place, problem: string): InputError {
  return new InputError(document === undefined ? { file } : { file, section: `document ${document}` }, problem, HOW);
}

function withoutByteOrderMark(data: Buffer): Buffer {
  return data[0] === 0xef && data[1] === 0xbb && data[2] === 0xbf ? data.subarray(3) : data;
}

/** Offset of the first byte that is no white space. */
function firstInk(data: Buffer): number | undefined {
  for (let i = 0; i < data.length; i++) {
    const byte = data[i]!;
    if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d && byte !== NEWLINE) return i;
  }
  return undefined;
}
