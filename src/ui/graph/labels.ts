/** The words on a picture's places and edges. */
import type { Branch, PacketPath, Verdict } from '../../model/path.ts';
import type { Edge, Place } from './merge.ts';
import { endingOf } from './legs.ts';
import type { Direction } from './legs.ts';
import { tunnelPhrase } from './link-phrase.ts';
import type { Stop, Visit } from './path-graph.ts';
import { REASON_PHRASES, actionPhrase, formatShare, ghostPhrase, servePhrase } from './phrases.ts';
import { printable } from './printable.ts';

const MOST_NAMES = 6;

export interface PlaceLabel {
  /** `pod`, `node`, `6 pods`, `not reached`. */
  readonly kind: string;
  /** One name, or the first few of many. */
  readonly names: readonly string[];
  readonly words: string;
  readonly stops: readonly StopLabel[];
}

export interface StopLabel {
  readonly verdict: Verdict;
  readonly text: string;
}

export function placeLabel(path: PacketPath, { members }: Place): PlaceLabel {
  const [first] = members;
  const names = members.map(({ name }) => printable(name));
  const more = names.length - MOST_NAMES;
  return {
    kind: first.type === 'ghost' ? ghostPhrase(path) : kindOf(first.type, members.length),
    names: more > 0 ? [...names.slice(0, MOST_NAMES), `and ${more} more`] : names,
    words: wordsOf(path, members),
    stops: first.stops.map((stop) => stopLabel(path, stop, first)),
  };
}

/** The share or the condition where the way parts, then the interfaces, then the tunnel; a line each. */
export function edgeLabel(path: PacketPath, edge: Edge, all: ReadonlySet<number>): string[] {
  const [first] = edge.members;
  if (edge.direction === 'ghost') return [];
  const apart =
    edge.direction === 'back'
      ? ['the answer']
      : edge.direction === 'later'
        ? ['later packets']
        : partOf(path, edge.branches, all);
  if (edge.members.length > 1) return [...apart, `${edge.members.length} links`];
  const { link } = first;
  if (link === undefined) return apart;
  const devices = [link.sourceAttributes['if'], link.destinationAttributes['if']]
    .filter((name) => name !== undefined)
    .join(' → ');
  return [...apart, devices, ...(tunnelPhrase(link)?.split(': ') ?? [])].filter((line) => line !== '').map(printable);
}

/** How the branches that pass an edge end in its direction: alike, or in different ways. */
export function verdictOf(
  path: PacketPath,
  { branches, direction }: Pick<Edge, 'branches' | 'direction'>,
): Verdict | 'mixed' {
  const verdicts = new Set(
    [...branches].map((index) => endingOf(path.branches[index]!, direction === 'ghost' ? 'there' : direction).verdict),
  );
  return verdicts.size === 1 ? [...verdicts][0]! : 'mixed';
}

function kindOf(type: string, count: number): string {
  return count === 1 ? type : `${count} ${type}s`;
}

function wordsOf({ branches, question }: PacketPath, members: Place['members']): string {
  const [first] = members;
  if (
    first.hop === undefined ||
    first.stops.some((stop) => stop.branches.size === first.branches.size && stop.direction === 'there')
  ) {
    return '';
  }
  if (members.length > 1) return first.hop.action === 'serve' ? '' : printable(actionPhrase(first.hop, undefined));
  const passing = [...first.branches].map((index) => branches[index]!);
  if (passing.length === 1 && first.next === undefined) return printable(servePhrase(first.hop, passing[0]!));
  const next = partsHere(passing, first.name) ? undefined : first.next;
  const isService =
    question.dst.type === 'service' &&
    passing.some(({ forward }) => forward.hops.some(({ node, action }) => node === first.name && action === 'service'));
  if (next === undefined && first.next !== undefined && isService) return `picks one of ${passing.length} endpoints`;
  return printable(actionPhrase(first.hop, next));
}

/** Whether the branches go different ways after this node, so that no single translation is true of all. */
function partsHere(branches: readonly Branch[], node: string): boolean {
  const destinations = new Set(
    branches.map(({ forward }) => {
      const next = forward.hops[forward.hops.findIndex((hop) => hop.node === node) + 1];
      return next === undefined ? '' : `${next.node} ${next.packet.dst.text}`;
    }),
  );
  return destinations.size > 1;
}

const STOPPED: Readonly<Record<Direction, readonly string[]>> = {
  there: [],
  back: ['stops the answer'],
  later: ['stops later packets'],
};

/** Says which branches only where others pass the same place. */
function stopLabel(path: PacketPath, { reason, direction, branches }: Stop, place: Visit): StopLabel {
  const [first] = branches;
  const part = partOf(path, branches, place.branches);
  const parts = [REASON_PHRASES[reason], ...STOPPED[direction], ...part];
  // It stops here only if something unknown is so; painting it as a fact would be more than is known.
  const isOpen = path.verdict === 'undetermined' && part.some((text) => text.startsWith('if '));
  return {
    verdict: isOpen ? 'undetermined' : endingOf(path.branches[first!]!, direction).verdict,
    text: parts.join(', '),
  };
}

/** What distinguishes some branches from all: a condition, or their share. */
function partOf(path: PacketPath, branches: ReadonlySet<number>, all: ReadonlySet<number>): string[] {
  if (branches.size >= all.size) return [];
  const some = [...branches].map((index) => path.branches[index]!);
  const conditions = commonConditions(some).filter(
    (label) => !commonConditions([...all].map((index) => path.branches[index]!)).includes(label),
  );
  if (conditions.length > 0) return [printable(`if ${conditions.join(' and ')}`)];
  const shares = some.map(({ probability }) => probability);
  return shares.every((share) => share !== undefined)
    ? [formatShare(shares.reduce((sum, share) => sum + share, 0))]
    : [`${some.length} of ${all.size} ways`];
}

/** Labels of the forks of ignorance that all of the branches took the same way. */
export function commonConditions([first, ...rest]: readonly Branch[]): string[] {
  return (first?.forks ?? [])
    .filter(
      ({ cause, id, option }) =>
        cause === 'ignorance' &&
        rest.every(({ forks }) => forks.some((other) => other.id === id && other.option === option)),
    )
    .map(({ label }) => label);
}
