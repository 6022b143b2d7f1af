/** Does a rule match the packet: yes, no, or not to be said yet? */
import { meets } from './address-mask.ts';
import type { Branch } from './branch.ts';
import type { WalkedRule } from './compile-chain.ts';
import { isInterface } from './interface.ts';
import type { Match, SplitOption } from './match.ts';

/**
 * `splits`: the kernel picks, or the packet's port decides; `index` is the match's position. `unknown`: it matches if
 * those at `indexes` do, which is not known. `assumed`: it matches, as was assumed for the same match before.
 */
export type Judgement =
  | { readonly kind: 'matches' }
  | { readonly kind: 'assumed' }
  | { readonly kind: 'misses' }
  | { readonly kind: 'splits'; readonly index: number; readonly options: readonly SplitOption[] }
  | { readonly kind: 'unknown'; readonly indexes: readonly number[] };

const MATCHES: Judgement = { kind: 'matches' };
const ASSUMED: Judgement = { kind: 'assumed' };
const MISSES: Judgement = { kind: 'misses' };

/** `settled` has one bit per match that the branch has already taken as matching. */
export function judge(rule: WalkedRule, branch: Branch, settled: number): Judgement {
  const { matches } = rule;
  if (!headerMatches(rule, branch)) return MISSES;
  let unknown: number[] | undefined;
  let split: Judgement | undefined;
  // what may drop the packet does so before a later match is asked
  let dropping: number | undefined;
  let sum = MATCHES;
  for (let index = 0; index < matches.length; index++) {
    if ((settled & (1 << index)) !== 0) continue;
    const match = matches[index]!;
    const result = match.test(branch);
    if (result === true) continue;
    if (result === false) return dropping === undefined ? MISSES : { kind: 'unknown', indexes: [dropping] };
    if (match.mayDrop?.(branch) === true) dropping ??= index;
    if (result !== undefined) {
      split ??= { kind: 'splits', index, options: result };
      continue;
    }
    const assumed = assumedOf(match, branch);
    if (assumed === false) return MISSES;
    if (assumed === undefined) unknown = [...(unknown ?? []), index];
    else sum = ASSUMED;
  }
  if (split !== undefined) return split;
  return unknown === undefined ? sum : { kind: 'unknown', indexes: unknown };
}

function assumedOf(match: Match, branch: Branch): boolean | undefined {
  if (match.memory === 'never' || branch.assumed.size === 0) return undefined;
  const assumed = branch.assumed.get(memoryKey(match, branch));
  return assumed === undefined ? undefined : assumed !== match.isNegated;
}

/** Remembers for the packet's further way whether the match holds. */
export function remember(match: Match, branch: Branch, holds: boolean): void {
  if (match.memory !== 'never') branch.assume(memoryKey(match, branch), holds !== match.isNegated);
}

/** `! --uid-owner 0` and `--uid-owner 0` are one question. */
function memoryKey(match: Match, { packet }: Branch): string {
  if (match.memory === 'flow') return match.question;
  const { src, dst, sport, dport, mark, ttl, tos } = packet;
  return `${match.question} ${src.text}:${sport.min} ${dst.text}:${dport.min} ${mark} ${ttl} ${tos}`;
}

/** ip_packet_match: addresses, protocol, interfaces, fragment. */
function headerMatches(rule: WalkedRule, { packet, input }: Branch): boolean {
  const { dst, src, iif, oif } = rule;
  if (dst !== undefined && !meets(dst, packet.dst)) return false;
  if (src !== undefined && !meets(src, packet.src)) return false;
  if (rule.protocol !== undefined && (rule.protocol === packet.protocol) === rule.isProtocolInverted) return false;
  if (iif !== undefined && !isInterface(iif, input.meta.iif)) return false;
  return oif === undefined || isInterface(oif, input.meta.oif);
}
