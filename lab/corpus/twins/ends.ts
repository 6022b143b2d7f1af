/** What a rule set does with a packet, as text that is equal where the outcome is: verdict, changes, chances, and what is open. */
import type { CtInfo } from '../../../src/model/flow.ts';
import type { Packet } from '../../../src/model/packet.ts';
import type { NetfilterOutcome } from '../../../src/netstack/netfilter/types.ts';

export interface Ends {
  /** Each end with its chance, where chance alone decides. */
  readonly ends: ReadonlyMap<string, number>;
  /** More than one end, and it is not known which. */
  readonly isOpen: boolean;
}

export function endsOf(outcomes: readonly NetfilterOutcome[], packet: Packet, ct: CtInfo): Ends {
  const ends = new Map<string, number>();
  let isOpen = false;
  for (const outcome of outcomes) {
    const end = describe(outcome, packet, ct);
    const chance = outcome.forks.reduce((sum, { probability }) => sum * (probability ?? 1), 1);
    ends.set(end, (ends.get(end) ?? 0) + chance);
    isOpen ||= outcome.verdict.kind === 'unknown' || outcome.forks.some(({ cause }) => cause === 'ignorance');
  }
  return { ends, isOpen: isOpen && (ends.size > 1 || [...ends.keys()][0]!.startsWith('unknown')) };
}

function describe({ verdict, packet, ctChange }: NetfilterOutcome, before: Packet, ct: CtInfo): string {
  const { mark, tos, ttl } = packet;
  const changes = Object.entries({ mark, tos, ttl }).filter(([key, value]) => before[key as 'mark'] !== value);
  // A mark that it has already is no change.
  const { mark: ctMark, note: _, ...others } = ctChange ?? {};
  const ofConnection = ctMark === undefined || ctMark === ct.mark ? others : { ctMark, ...others };
  const said = verdict.kind === 'unknown' ? { kind: 'unknown' } : verdict;
  return [
    inWords(said),
    ...[...changes, ...Object.entries(ofConnection)].map(([key, value]) => `${key}=${value}`),
  ].join(' ');
}

function inWords(verdict: object): string {
  return Object.entries(verdict)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, value]) => (typeof value === 'object' ? `${key}(${inWords(textOf(value))})` : `${key}=${value}`))
    .join(' ')
    .replace(/^kind=(\w+)/, '$1');
}

/** An address is its text. */
function textOf(value: object): object {
  return 'text' in value ? { is: value.text } : value;
}

export type Comparison = 'same' | 'open' | 'different';

/** `open`: one of them leaves open what the other says. */
export function compare(one: Ends, other: Ends): Comparison {
  if (one.isOpen || other.isOpen) {
    const shared = [...one.ends.keys()].filter((end) => other.ends.has(end));
    if (one.isOpen && other.isOpen && shared.length === one.ends.size && shared.length === other.ends.size)
      return 'same';
    const isUnknown = [one, other].some(({ ends }) => ends.has('unknown'));
    const isWithin = (narrow: Ends): boolean => [...narrow.ends.keys()].every((end) => shared.includes(end));
    return isUnknown || isWithin(one) || isWithin(other) ? 'open' : 'different';
  }
  if (one.ends.size !== other.ends.size) return 'different';
  for (const [end, chance] of one.ends) if (Math.abs((other.ends.get(end) ?? -1) - chance) > 1e-6) return 'different';
  return 'same';
}

export function say({ ends, isOpen }: Ends): string {
  const all = [...ends].map(([end, chance]) => (ends.size === 1 || isOpen ? end : `${end} (${chance.toFixed(3)})`));
  return isOpen ? `open: ${all.join(' or ')}` : all.join(', ');
}
