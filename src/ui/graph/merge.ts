/** Draws places that look the same as one: the leaves of a fan always, whole subtrees where there are too many. */
import type { Crossing, PathGraph, Visit } from './path-graph.ts';

/** Places that are drawn as one; most have one member. */
export interface Place {
  readonly id: string;
  readonly members: readonly [Visit, ...Visit[]];
}

export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly direction: Crossing['direction'];
  readonly members: readonly [Crossing, ...Crossing[]];
  /** Indexes of the branches that pass. */
  readonly branches: ReadonlySet<number>;
}

export interface Picture {
  readonly places: readonly Place[];
  readonly edges: readonly Edge[];
}

/** More than this are not readable one by one. */
const MOST_PLACES = 24;
/** Two alike are clearer apart. */
const FEWEST_LEAVES = 3;

export function mergeAlike(graph: PathGraph): Picture {
  const leaves = picture(graph, (members, isLeaf) => isLeaf && members.length >= FEWEST_LEAVES);
  return leaves.places.length <= MOST_PLACES ? leaves : picture(graph, (members) => members.length > 1);
}

function picture(graph: PathGraph, isWorthIt: (members: readonly Visit[], isLeaf: boolean) => boolean): Picture {
  const placeOf = new Map<string, string>();
  const looks = new Looks(graph);
  // Parents first: places alike are one only if what leads to them is.
  for (const generation of generations(graph)) {
    const alike = groupBy(generation, (visit) =>
      JSON.stringify([looks.of(visit.key), parentsOf(graph, visit.key).map((key) => placeOf.get(key) ?? key)]),
    );
    for (const members of alike.values()) {
      const isOne = isWorthIt(members, looks.isLeaf(members[0]!.key));
      for (const { key } of members) placeOf.set(key, isOne ? members[0]!.key : key);
    }
  }
  const groups = groupBy([...graph.visits.values()], ({ key }) => placeOf.get(key)!);
  const ids = new Map([...groups.keys()].map((key, index) => [key, `n${index + 1}`]));
  const idOf = (key: string): string => ids.get(placeOf.get(key)!)!;
  const edges = groupBy([...graph.crossings.values()], (crossing) =>
    // Two links between the same two places stay two; those of merged places become one.
    JSON.stringify([
      idOf(crossing.from),
      idOf(crossing.to),
      crossing.direction,
      isMerged(groups, placeOf, crossing) ? '' : (crossing.link?.sourceAttributes ?? ''),
    ]),
  );
  return {
    places: [...groups].map(([key, members]) => ({ id: ids.get(key)!, members: members as [Visit, ...Visit[]] })),
    edges: [...edges.values()].map((members) => ({
      from: idOf(members[0]!.from),
      to: idOf(members[0]!.to),
      direction: members[0]!.direction,
      members: members as [Crossing, ...Crossing[]],
      branches: new Set(members.flatMap(({ branches }) => [...branches])),
    })),
  };
}

function isMerged(
  groups: ReadonlyMap<string, readonly Visit[]>,
  placeOf: ReadonlyMap<string, string>,
  { from, to }: Crossing,
): boolean {
  return [from, to].some((key) => groups.get(placeOf.get(key)!)!.length > 1);
}

/** What a place looks like with all that follows it. */
class Looks {
  readonly #graph: PathGraph;
  readonly #known = new Map<string, string>();

  constructor(graph: PathGraph) {
    this.#graph = graph;
  }

  isLeaf(key: string): boolean {
    return this.#children(key).length === 0;
  }

  of(key: string): string {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#known.set(key, 'circle');
    const visit = this.#graph.visits.get(key)!;
    const stops = visit.stops.map(({ reason, direction }) => `${direction} ${reason}`).toSorted();
    const children = [...new Set(this.#children(key).map((child) => this.of(child)))].toSorted();
    const look = JSON.stringify([
      visit.type,
      visit.hop?.action,
      stops,
      visit.suspicions.map(({ code }) => code),
      children,
    ]);
    this.#known.set(key, look);
    return look;
  }

  #children(key: string): string[] {
    return [...this.#graph.crossings.values()]
      .filter(({ from, direction }) => from === key && direction !== 'back')
      .map(({ to }) => to);
  }
}

/** Visits by their distance from the source; what cannot be reached that way (the answer's own places) comes last. */
function generations({ visits, crossings }: PathGraph): Visit[][] {
  const left = new Map(visits);
  const out: Visit[][] = [];
  let current = [...visits.values()].slice(0, 1);
  while (current.length > 0) {
    out.push(current);
    for (const { key } of current) left.delete(key);
    const from = new Set(current.map(({ key }) => key));
    const next = new Set(
      [...crossings.values()]
        .filter((crossing) => from.has(crossing.from) && left.has(crossing.to))
        .map(({ to }) => to),
    );
    current = [...left.values()].filter(({ key }) => next.has(key));
  }
  return left.size > 0 ? [...out, [...left.values()]] : out;
}

function parentsOf({ crossings }: PathGraph, key: string): string[] {
  return [
    ...new Set(
      [...crossings.values()].filter(({ to, direction }) => to === key && direction !== 'back').map(({ from }) => from),
    ),
  ].toSorted();
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
