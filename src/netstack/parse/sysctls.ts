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
  const out = new Map<string, string>();
  const lines = text.split('\n');
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!;
    if (line === '') continue;
    const isPath = line.startsWith(ROOT);
    if (!isPath && isComplaint(line)) continue;
    const pair = isPath ? fromPath(line) : fromDots(line);
    if (pair === undefined)
      throw new SectionError('sysctl', i + 1, `neither PATH:VALUE nor KEY = VALUE: ${line.slice(0, 80)}`);
    const [key, value] = pair;
    // Each line of a value is printed with its key.
    const before = out.get(key);
    out.set(key, before === undefined ? value : `${before}\n${value}`);
  }
  return out;
}

function fromPath(line: string): readonly [string, string] | undefined {
  const colon = line.indexOf(':');
  return colon < 0 ? undefined : [line.slice(ROOT.length, colon), line.slice(colon + 1)];
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
