/** Reads the sysctls under /proc/sys/net, as `grep -r .` or `sysctl -a` print them. */
import type { Sysctls } from '../state.ts';
import { refuseNul, SectionError } from './section-error.ts';

const ROOT = '/proc/sys/net/';

/**
 * Keys are paths below /proc/sys/net (`ipv4/conf/eth0.100/rp_filter`); values of several lines keep their line
 * ends. Throws SectionError for a line that is of neither form.
 */
export function parseSysctls(text: string): Sysctls {
  refuseNul('sysctl', text);
  const listing = isOfPaths(text) ? text : asPaths(text);
  const found = new Map<string, string | undefined>();
  // A walk asks for a hundred of thousands: each is looked for in the text when it is first asked for.
  return {
    get(key) {
      if (!found.has(key)) found.set(key, valueIn(listing, `${ROOT}${key}:`));
      return found.get(key);
    },
  };
}

/** Each line of a value is printed with its key. */
function valueIn(listing: string, head: string): string | undefined {
  let value: string | undefined;
  let at = listing.startsWith(head) ? 0 : listing.indexOf(`\n${head}`) + 1;
  if (at === 0 && !listing.startsWith(head)) return undefined;
  while (listing.startsWith(head, at)) {
    const end = lineEnd(listing, at);
    const line = listing.slice(at + head.length, end);
    value = value === undefined ? line : `${value}\n${line}`;
    at = end + 1;
  }
  return value;
}

function isOfPaths(text: string): boolean {
  for (let at = 0; at < text.length;) {
    if (!text.startsWith(ROOT, at)) return false;
    const end = lineEnd(text, at);
    const colon = text.indexOf(':', at);
    if (colon < 0 || colon > end) return false;
    at = end + 1;
  }
  return true;
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}

/** Lines of `sysctl -a`, or of both, as grep prints them; what the tools complain about is left out. */
function asPaths(text: string): string {
  return text
    .split('\n')
    .flatMap((line, i) => {
      const isPath = line.startsWith(ROOT);
      if (line === '' || (!isPath && isComplaint(line))) return [];
      if (isPath && line.includes(':')) return [line];
      const pair = isPath ? undefined : fromDots(line);
      if (pair !== undefined) return [`${ROOT}${pair[0]}:${pair[1]}`];
      throw new SectionError('sysctl', i + 1, `neither PATH:VALUE nor KEY = VALUE: ${line.slice(0, 80)}`);
    })
    .join('\n');
}

/** sysctl writes dots for slashes and slashes for dots, so that `eth0.100` becomes `eth0/100`. */
function fromDots(line: string): readonly [string, string] | undefined {
  const match = /^([^\s=]+) ?= ?(.*)$/.exec(line);
  if (match === null) return undefined;
  const [, dotted = '', value = ''] = match;
  const path = dotted.replaceAll(/[./]/g, (c) => (c === '.' ? '/' : '.'));
  return [path.startsWith('net/') ? path.slice(4) : path, value];
}

/** What the tools say about files that cannot be read or hold no text. */
function isComplaint(line: string): boolean {
  return /^(grep|sysctl): /.test(line) || /^Binary file .* matches$/.test(line);
}
