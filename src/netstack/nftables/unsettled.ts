/** What a statement does where a value it needs is not one known value. */
import type { PortRange } from '../../model/packet.ts';
import { formatPorts } from '../../model/packet.ts';
import { cut } from '../netfilter/port-pieces.ts';
import type { NftBranch } from './branch.ts';
import type { Effect, Memory, Op, PickOption } from './op.ts';
import { BREAK } from './op.ts';
import type { Pick, PortSpan, Value } from './value.ts';

/** Each part of the port's range that the ranges tell apart goes on by itself. */
export function splitPorts({ packet }: NftBranch, span: PortSpan, ranges: readonly PortRange[]): Effect {
  const edges = ranges.flatMap((range) => piecesAt(span, range));
  const starts = [...new Set([span.min, ...edges])].toSorted((x, y) => x - y);
  const size = span.max - span.min + 1;
  return {
    kind: 'split',
    options: starts.map((min, i) => {
      const range = { min, max: (starts[i + 1] ?? span.max + 1) - 1 };
      return optionOf(packet, span.side, range, size);
    }),
  };
}

/** Where the range begins, and where what is after it does. */
function piecesAt(span: PortRange, { min, max }: PortRange): readonly number[] {
  return [min, max + 1].filter((edge) => edge > span.min && edge <= span.max);
}

/** Like {@link splitPorts}, with parts that are alike in being in or out joined; true or false where all of them are. */
export function splitByMembership(
  { packet }: NftBranch,
  span: PortSpan,
  ranges: readonly PortRange[],
): boolean | Effect {
  const pieces = cut(span, ranges);
  if (pieces.length === 1) return pieces[0]!.isInside;
  const size = span.max - span.min + 1;
  return { kind: 'split', options: pieces.map(({ range }) => optionOf(packet, span.side, range, size)) };
}

function optionOf(
  packet: NftBranch['packet'],
  side: PortSpan['side'],
  range: PortRange,
  size: number,
): Extract<Effect, { kind: 'split' }>['options'][number] {
  return {
    probability: (range.max - range.min + 1) / size,
    label: `${side === 'sport' ? 'source' : 'destination'} port is ${formatPorts(range)}`,
    packet: { ...packet, [side]: range },
  };
}

/** More of the kernel's values than this are not tried one by one. */
const MOST_PICKED = 65_536;

/** Every value that the kernel may pick, those that come to the same taken together. */
export function picked(op: Op, branch: NftBranch, pick: Pick): Effect {
  if (pick.count > MOST_PICKED) return { kind: 'unknown', question: op.raw, isNegated: false, memory: 'never' };
  const groups = new Map<string, { readonly value: number; readonly effect: Effect; weight: number }>();
  for (let value = pick.first; value < pick.first + pick.count; value++) {
    const trial = branch.copy();
    trial.pin(pick.pin, value);
    const effect = op.run(trial);
    const key = textOf(effect);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { value, effect, weight: 1 });
    else group.weight += 1;
  }
  const options = [...groups.values()].map(({ value, effect, weight }): PickOption => ({
    value,
    probability: weight / pick.count,
    label: `${pick.label} ${value}`,
    effect: op.onlyPicks === true ? effect : undefined,
  }));
  return { kind: 'pick', pin: pick.pin, cause: 'choice', options };
}

/** Of a lead: what packets that came before have left there. */
const LEFT_BY_PACKETS: ReadonlySet<string> = new Set(['to', 'shownBy', 'shownFor', 'shownAt', 'shown']);

/** Two effects that come to the same have the same text; the chain that a jump leads to is named. */
function textOf(effect: Effect): string {
  return JSON.stringify(effect, (key, part: unknown) =>
    LEFT_BY_PACKETS.has(key) ? undefined : typeof part === 'bigint' ? String(part) : part,
  );
}

/**
 * What to do before the statement can go on; undefined where the value is one that it can use. `then` says what it does
 * with each of several values.
 */
export function unsettled(op: Op, branch: NftBranch, value: Value, then: (value: Value) => Effect): Effect | undefined {
  if (typeof value !== 'object') return undefined;
  switch (value.kind) {
    case 'absent':
      return BREAK;
    case 'by-span':
      return splitPorts(branch, value.span, value.ranges);
    case 'pick':
      return picked(op, branch, value);
    case 'one-of': {
      const options = value.values.map((one) => ({ label: `${op.raw}: ${say(one)}`, effect: then(one) }));
      if (value.mayBeAbsent) options.push({ label: `${op.raw} does not match`, effect: BREAK });
      return options.length === 1 ? options[0]!.effect : { kind: 'one-of', options };
    }
    case 'fields':
      for (const field of value.fields) {
        const so = unsettled(op, branch, field, then);
        if (so !== undefined) return so;
      }
      return undefined;
    case 'not-known':
    case 'bits':
    case 'ports':
    case 'span':
      return undefined;
  }
}

export function notKnown(op: Op, memory: Memory, isNegated = false, question = op.raw): Effect {
  return { kind: 'unknown', question, isNegated, memory };
}

function say(value: Value): string {
  if (typeof value !== 'object') return String(value);
  return value.kind === 'fields' ? value.fields.map(say).join(' . ') : value.kind;
}
