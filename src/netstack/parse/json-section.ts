/** Reads what `ip -j` and `bridge -j` print: a list of objects, into entries whose fields are checked when asked for. */
import { lineAt, refuseNul, SectionError } from './section-error.ts';

/** One object of a list, with where it stands for messages. */
export interface Entry {
  readonly section: string;
  /** Dotted place inside the list: `#3`, `#3.nexthops#0`. */
  readonly at: string;
  readonly line: number;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Objects nested deeper than this are not from these tools. */
const MAX_DEPTH = 16;
/** Characters that can't become much, however they are nested: looking at each of them costs more than parsing them. */
const TOO_SHORT_TO_HARM = 64 * 1024;

/**
 * The objects of a section. Empty text is an empty list (the tools print nothing where there is nothing).
 * Throws {@link SectionError}.
 */
export function readEntries(section: string, text: string): readonly Entry[] {
  refuseNul(section, text);
  if (text.trim() === '') return [];
  if (text.length > TOO_SHORT_TO_HARM) checkDepth(section, text);
  const list = parseJson(section, text.includes('"encap":') ? keepRouteKeys(text) : text);
  if (!Array.isArray(list)) throw new SectionError(section, 1, `a list was expected, found ${typeName(list)}`);
  return entriesOf(section, '', 1, list);
}

/** The objects in a field that holds a list of them; empty where the field is absent. */
export function children(entry: Entry, key: string): readonly Entry[] {
  const value = entry.fields[key];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw wrongType(entry, key, 'a list');
  return entriesOf(entry.section, `${entry.at}.${key}`, entry.line, value);
}

/** The object in a field, if there is one. */
export function child(entry: Entry, key: string): Entry | undefined {
  const value = entry.fields[key];
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) throw wrongType(entry, key, 'an object');
  return { section: entry.section, at: `${entry.at}.${key}`, line: entry.line, fields: value };
}

export function wrongType(entry: Entry, key: string, expected: string): SectionError {
  const found = entry.fields[key];
  return new SectionError(
    entry.section,
    entry.line,
    `entry ${entry.at}: ${expected} was expected in "${key}", found ${show(found)}`,
  );
}

function entriesOf(section: string, at: string, line: number, list: readonly unknown[]): readonly Entry[] {
  const out: Entry[] = [];
  for (let i = 0; i < list.length; i++) {
    const fields = list[i];
    if (!isObject(fields)) {
      throw new SectionError(section, line, `entry ${at}#${i}: an object was expected, found ${show(fields)}`);
    }
    out.push({ section, at: `${at}#${i}`, line, fields });
  }
  return out;
}

function parseJson(section: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const position = /position (\d+)/.exec(message)?.[1];
    const offset = position === undefined ? text.length : Number(position);
    throw new SectionError(section, lineAt(text, offset), `broken JSON: ${message.slice(0, 200)}`, { cause });
  }
}

/** A bomb of brackets is refused before it fills the memory. */
function checkDepth(section: string, text: string): void {
  let depth = 0;
  let isString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (isString) {
      if (code === 0x5c) i++;
      else if (code === 0x22) isString = false;
    } else if (code === 0x22) isString = true;
    else if (code === 0x5b || code === 0x7b) {
      if (++depth > MAX_DEPTH) throw new SectionError(section, lineAt(text, i), `nested deeper than ${MAX_DEPTH}`);
    } else if (code === 0x5d || code === 0x7d) depth--;
  }
}

/**
 * iproute2 prints an encapsulation's `id`, `src`, `dst`, `tos` into the same object as the route's own, so that
 * a JSON parser would keep the tunnel's `dst` for the route's. They are renamed up to where the route goes on.
 */
function keepRouteKeys(text: string): string {
  return text.replaceAll(/"encap":"[^"]*"(?:(?!"dev":|"gateway":|"via":|"scope":|"metric":|[{}]).)*/gs, (part) =>
    part.replaceAll(/"(?!encap")(\w+)":/g, '"encap_$1":'),
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function typeName(value: unknown): string {
  return Array.isArray(value) ? 'a list' : value === null ? 'null' : typeof value;
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  return typeof value === 'object' ? typeName(value) : JSON.stringify(value).slice(0, 60);
}
