/** Does a rule match the packet: yes, no, or not to be said yet? */
import type { Match, SplitOption } from './match.ts';
import type { Branch } from './branch.ts';
import type { CompiledRule } from './compile-rule.ts';

export type Judgement =
  | { readonly kind: 'matches'; readonly isAssumed: boolean }
  | { readonly kind: 'misses' }
  /** The kernel picks, or the packet's port decides: `index` is the match's position. */
  | { readonly kind: 'splits'; readonly index: number; readonly options: readonly SplitOption[] }
  /** It matches if all of these do, which is not known. */
  | { readonly kind: 'unknown'; readonly matches: readonly Match[] };

const MATCHES: Judgement = { kind: 'matches', isAssumed: false };
const ASSUMED: Judgement = { kind: 'matches', isAssumed: true };
const MISSES: Judgement = { kind: 'misses' };

/** `settled` are the positions of matches that the branch has already taken as matching. */
export function judge(rule: CompiledRule, branch: Branch, settled: ReadonlySet<number> | undefined): Judgement {
  if (!headerMatches(rule, branch)) return MISSES;
  let unknown: Match[] | undefined;
  let split: { readonly index: number; readonly options: readonly SplitOption[] } | undefined;
  let isAssumed = false;
  for (let index = 0; index < rule.matches.length; index++) {
    if (settled?.has(index)) continue;
    const match = rule.matches[index]!;
    const result = match.test(branch);
    if (result === true) continue;
    if (result === false) return MISSES;
    if (result !== undefined) {
      split ??= { index, options: result };
      continue;
    }
    const assumed = match.memory === 'never' ? undefined : branch.assumed.get(memoryKey(match, branch));
    if (assumed === false) return MISSES;
    if (assumed === undefined) unknown = [...(unknown ?? []), match];
    else isAssumed = true;
  }
  if (split !== undefined) return { kind: 'splits', ...split };
  if (unknown !== undefined) return { kind: 'unknown', matches: unknown };
  return isAssumed ? ASSUMED : MATCHES;
}

/** Under what an unknown match's assumed answer is remembered for the packet. */
export function memoryKey(match: Match, { packet }: Branch): string {
  if (match.memory === 'flow') return match.raw;
  return `${match.raw} ${packet.src.text}:${packet.sport.min} ${packet.dst.text}:${packet.dport.min} ${packet.mark} ${packet.ttl} ${packet.tos}`;
}

/** ip_packet_match: addresses, interfaces, protocol, fragment. */
function headerMatches({ header }: CompiledRule, { packet, input }: Branch): boolean {
  const { dst, src, protocol, iif, oif, fragment } = header;
  if (dst !== undefined && dst.value.has(packet.dst) === dst.isInverted) return false;
  if (src !== undefined && src.value.has(packet.src) === src.isInverted) return false;
  if (protocol !== undefined && (protocol.value === packet.protocol) === protocol.isInverted) return false;
  // A hook without the interface compares with an empty name.
  if (iif !== undefined && iif.value(input.meta.iif ?? '') === iif.isInverted) return false;
  if (oif !== undefined && oif.value(input.meta.oif ?? '') === oif.isInverted) return false;
  return fragment === undefined || fragment.isInverted;
}
