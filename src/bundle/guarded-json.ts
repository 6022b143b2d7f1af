/** JSON from outside: measured before it is parsed, so that a small file can't become a deep or a huge value. */
import { isUtf8 } from 'node:buffer';
import { InputError } from '../collector/input-error.ts';
import { firstInvalidUtf8 } from '../collector/utf8.ts';

export interface JsonLimits {
  readonly depth: number;
  /** Values in all: each costs memory however short its text is. */
  readonly values: number;
}

/** Kubernetes' own objects stay below 30 levels; a CRD's status may be deeper. */
export const OBJECT_LIMITS: JsonLimits = { depth: 100, values: 10_000_000 };

/** Bytes that can't become much, however they are nested: looking at each costs more than parsing them. */
const TOO_SHORT_TO_HARM = 128 * 1024;

interface Place {
  readonly file: string;
  readonly section?: string;
  /** What to do where the text is not what it should be. */
  readonly remedy?: string;
}

/** One document. Throws InputError with the line. */
export function parseJson(data: Buffer, place: Place, limits: JsonLimits = OBJECT_LIMITS): unknown {
  refuseInvalidUtf8(data, place);
  const isSmall = data.length <= TOO_SHORT_TO_HARM;
  if (!isSmall) refuseExcess(data, place, limits);
  const value = parse(data.toString('utf8'), place, 1);
  if (isSmall && isDeeper(value, limits.depth)) refuseExcess(data, place, limits);
  return value;
}

/** One value a line; empty lines are passed over. Throws InputError with the line. */
export function parseJsonLines(data: Buffer, place: Place, limits: JsonLimits = OBJECT_LIMITS): readonly unknown[] {
  refuseInvalidUtf8(data, place);
  const isSmall = data.length <= TOO_SHORT_TO_HARM;
  if (!isSmall) refuseExcess(data, place, limits);
  const values: unknown[] = [];
  let line = 0;
  for (let start = 0; start < data.length;) {
    const newline = data.indexOf(10, start);
    const end = newline < 0 ? data.length : newline;
    line++;
    if (end > start) values.push(parse(data.toString('utf8', start, end), place, line));
    start = end + 1;
  }
  if (isSmall && values.some((value) => isDeeper(value, limits.depth))) refuseExcess(data, place, limits);
  return values;
}

function refuseExcess(data: Buffer, place: Place, limits: JsonLimits): void {
  const excess = measureJson(data, limits);
  if (excess !== undefined) throw new InputError({ ...place, line: excess.line }, excess.problem, remedyOf(place));
}

/** Level by level, so that no depth is too much for it; may say so of the last level that is allowed. */
function isDeeper(value: unknown, depth: number): boolean {
  let level = [value];
  for (let at = 0; level.length > 0; at++) {
    if (at >= depth) return true;
    const next: unknown[] = [];
    for (const one of level) {
      if (typeof one !== 'object' || one === null) continue;
      for (const inner of Array.isArray(one) ? one : Object.values(one))
        if (typeof inner === 'object') next.push(inner);
    }
    level = next;
  }
  return false;
}

/** What is too much, and the line where it gets so; reads bytes, so it costs the same for any input. */
export function measureJson(
  data: Uint8Array,
  limits: JsonLimits,
): { readonly problem: string; readonly line: number } | undefined {
  let [depth, values, line, isText] = [0, 0, 1, false];
  for (let i = 0; i < data.length; i++) {
    const byte = data[i]!;
    if (isText) {
      if (byte === BACKSLASH) i++;
      else if (byte === QUOTE) isText = false;
    } else if (byte === QUOTE) {
      isText = true;
    } else if (byte === COMMA || byte === NEWLINE) {
      if (byte === NEWLINE) line++;
      else values++;
    } else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
      values++;
      if (++depth > limits.depth) return { problem: `is nested deeper than ${limits.depth} levels`, line };
    } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) {
      depth--;
    }
    if (values > limits.values) return { problem: `has more than ${limits.values} values`, line };
  }
  return undefined;
}

const [QUOTE, BACKSLASH, COMMA, NEWLINE] = [0x22, 0x5c, 0x2c, 0x0a];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

function parse(text: string, place: Place, firstLine: number): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    const position = Number(/at position (\d+)/.exec(said)?.[1] ?? text.length);
    const line = firstLine + text.slice(0, position).split('\n').length - 1;
    throw new InputError(
      { ...place, line },
      `is not JSON: ${said.replace(/,? "?.*is not valid JSON$/s, '').replace(/ in JSON at position.*$/s, '')}`,
      { ...remedyOf(place), cause: error },
    );
  }
}

function refuseInvalidUtf8(data: Buffer, place: Place): void {
  if (isUtf8(data)) return;
  const { offset, line } = firstInvalidUtf8(data);
  throw new InputError({ ...place, line }, `is not UTF-8 at byte ${offset + 1}`, remedyOf(place));
}

function remedyOf({ remedy }: Place): { readonly remedy?: string } {
  return remedy === undefined ? {} : { remedy };
}
