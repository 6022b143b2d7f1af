/** Reads single values out of a component's YAML or JSON configuration. */
import { at, fields } from './fields.ts';

/**
 * The scalar at the path (`iptables`, `masqueradeAll`), as text; undefined where it is absent, empty or null. Reads
 * block mappings, which is how these components' configurations are printed; what a whole YAML reader would know
 * beyond that is not needed for six keys, and its 40 ms at start are.
 */
export function configScalar(config: string, ...path: readonly string[]): string | undefined {
  const json = parseJson(config);
  if (json !== undefined) {
    const value = at(json, ...path.slice(0, -1))[path.at(-1)!];
    return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
      ? nonEmpty(String(value))
      : undefined;
  }
  let depth = 0;
  let indent = -1;
  for (const line of config.split('\n')) {
    const match = /^( *)([A-Za-z][\w.-]*): *(.*)$/.exec(line);
    if (match === null) continue;
    const [, spaces = '', key = '', rest = ''] = match;
    // Leaving the mapping that was entered: its key is not there.
    if (depth > 0 && spaces.length <= indent) return undefined;
    if (key !== path[depth] || (depth === 0 && spaces.length > 0)) continue;
    if (depth === path.length - 1) return nonEmpty(unquote(rest));
    depth++;
    indent = spaces.length;
  }
  return undefined;
}

/** The list at a top-level key, in block or flow style. */
export function configList(config: string, key: string): readonly string[] {
  const json = parseJson(config);
  if (json !== undefined) {
    const value = fields(json)[key];
    return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
  }
  const lines = config.split('\n');
  const start = lines.findIndex((line) => line.startsWith(`${key}:`));
  if (start < 0) return [];
  const flow = /\[(.*)\]/.exec(lines[start]!);
  if (flow !== null)
    return flow[1]!
      .split(',')
      .map((one) => unquote(one.trim()))
      .filter((one) => one !== '');
  const out: string[] = [];
  for (const line of lines.slice(start + 1)) {
    const item = /^ *- *(.+)$/.exec(line);
    if (item === null) break;
    out.push(unquote(item[1]!));
  }
  return out;
}

function parseJson(text: string): unknown {
  if (!text.trimStart().startsWith('{')) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unquote(value: string): string {
  const bare = value.trim();
  const quoted = /^(["'])(.*?)\1/.exec(bare);
  return quoted === null ? bare.replace(/ +#.*$/, '') : quoted[2]!;
}

function nonEmpty(value: string): string | undefined {
  return value === '' || value === 'null' || value === '~' ? undefined : value;
}
