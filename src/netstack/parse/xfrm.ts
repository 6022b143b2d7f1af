/** Reads `ip xfrm policy`, which prints text whatever it is asked for: a line with the selector, then indented ones. */
import { parsePrefix, type Prefix } from '../../model/address.ts';
import { protocolNumber } from '../iptables/protocols.ts';
import { SectionError } from './section-error.ts';

export interface XfrmPolicy {
  readonly direction: 'in' | 'out' | 'fwd';
  readonly src: Prefix;
  readonly dst: Prefix;
  readonly protocol?: number;
  readonly sport?: number;
  readonly dport?: number;
  readonly mark?: { readonly value: number; readonly mask: number };
  /** Only packets of xfrm interfaces with this number meet it. */
  readonly interfaceId?: number;
  /** Its lines, joined. */
  readonly raw: string;
}

/** Policies of single sockets are left out. Throws SectionError. */
export function parseXfrmPolicies(text: string): readonly XfrmPolicy[] {
  const groups: string[][] = [];
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    if (/^\s/.test(line)) groups.at(-1)?.push(line.trim());
    else groups.push([line.trim()]);
  }
  return groups.flatMap((lines) => readPolicy(lines) ?? []);
}

function readPolicy(lines: readonly string[]): XfrmPolicy | undefined {
  const raw = lines.join(' ');
  const direction = /\bdir (in|out|fwd)\b/.exec(raw)?.[1] as XfrmPolicy['direction'] | undefined;
  if (direction === undefined) return undefined;
  const word = (name: string): string | undefined => new RegExp(String.raw`\b${name} (\S+)`).exec(lines[0]!)?.[1];
  const src = parsePrefix(word('src') ?? '');
  const dst = parsePrefix(word('dst') ?? '');
  if (src === undefined || dst === undefined)
    throw new SectionError('xfrm', 1, `a policy without addresses: ${lines[0]!}`);
  const proto = word('proto');
  const mark = /\bmark (0x[0-9a-f]+|\d+)\/(0x[0-9a-f]+|\d+)/.exec(raw);
  const interfaceId = /\bif_id (0x[0-9a-f]+|\d+)/.exec(raw)?.[1];
  const protocol = proto === undefined ? undefined : protocolNumber(proto);
  const ports = (name: string): number | undefined => {
    const value = word(name);
    return value !== undefined && /^\d+$/.test(value) ? Number(value) : undefined;
  };
  const [sport, dport] = [ports('sport'), ports('dport')];
  return {
    direction,
    src,
    dst,
    ...(protocol !== undefined && { protocol }),
    ...(sport !== undefined && { sport }),
    ...(dport !== undefined && { dport }),
    ...(mark !== null && { mark: { value: Number(mark[1]), mask: Number(mark[2]) } }),
    ...(interfaceId !== undefined && { interfaceId: Number(interfaceId) }),
    raw,
  };
}
