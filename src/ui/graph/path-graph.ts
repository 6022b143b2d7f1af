/**
 * The graph of all branches together, for pictures: a node for each place that the packet visits, an edge for each
 * crossing, and on them which branches pass and which stop. Ways that meet again meet in the graph.
 */
import type { Branch, Hop, Leg, Link, NetNodeType, PacketPath, Reason } from '../../model/path.ts';
import type { Suspicion } from '../../model/suspicion.ts';
import type { Direction } from './legs.ts';

export interface Stop {
  readonly reason: Reason;
  readonly direction: Direction;
  /** Indexes into the path's branches, here and below. */
  readonly branches: Set<number>;
}

export interface Visit {
  readonly key: string;
  readonly name: string;
  readonly type: NetNodeType | 'ghost';
  /** The hop as the first branch made it, and the one after; for words. */
  readonly hop?: Hop;
  readonly next?: Hop;
  readonly suspicions: readonly Suspicion[];
  readonly stops: Stop[];
  readonly branches: Set<number>;
}

export interface Crossing {
  readonly from: string;
  readonly to: string;
  readonly direction: Direction | 'ghost';
  readonly link?: Link;
  readonly branches: Set<number>;
}

export interface PathGraph {
  readonly visits: ReadonlyMap<string, Visit>;
  readonly crossings: ReadonlyMap<string, Crossing>;
}

export function pathGraph(path: PacketPath): PathGraph {
  const builder = new Builder(path);
  for (const [index, branch] of path.branches.entries()) builder.addBranch(branch, index);
  builder.addGhost();
  return { visits: builder.visits, crossings: builder.crossings };
}

class Builder {
  readonly visits = new Map<string, Visit>();
  readonly crossings = new Map<string, Crossing>();
  readonly #path: PacketPath;
  readonly #links: ReadonlyMap<string, Link>;
  readonly #suspicions: ReadonlyMap<string, readonly Suspicion[]>;

  constructor(path: PacketPath) {
    this.#path = path;
    this.#links = new Map(path.links.map((link) => [link.id, link]));
    this.#suspicions = new Map(path.nodes.map(({ id, suspicions }) => [id, suspicions]));
  }

  addBranch(branch: Branch, index: number): void {
    this.#addLeg(branch.forward, { index, direction: 'there', keys: visitKeys(branch.forward.hops) });
    const { reply, established } = branch;
    if (reply !== undefined && (reply.ending.reason !== 'ok' || !isSameWay(branch.forward.hops, reply.hops))) {
      this.#addLeg(reply, { index, direction: 'back', keys: replyKeys(branch.forward.hops, reply.hops) });
    }
    if (established !== undefined) {
      this.#addLeg(established, { index, direction: 'later', keys: visitKeys(established.hops) });
    }
  }

  /** Where the packet should have gone, if no branch got there. */
  addGhost(): void {
    const { id } = this.#path.question.dst;
    const isThere = [...this.visits.values()].some(({ name }) => name === id);
    const stopped = [...this.visits.values()].filter(({ stops }) =>
      stops.some(({ direction }) => direction === 'there'),
    );
    if (isThere || stopped.length === 0 || this.#path.branches.some(({ forward }) => forward.ending.reason === 'ok')) {
      return;
    }
    this.visits.set('ghost', { key: 'ghost', name: id, type: 'ghost', suspicions: [], stops: [], branches: new Set() });
    for (const { key } of stopped) {
      this.crossings.set(`${key}>ghost`, { from: key, to: 'ghost', direction: 'ghost', branches: new Set() });
    }
  }

  #addLeg(
    { hops, ending }: Leg,
    at: { readonly index: number; readonly direction: Direction; readonly keys: readonly string[] },
  ): void {
    const { index, direction, keys } = at;
    for (const [place, hop] of hops.entries()) {
      const visit = this.#visit(keys[place]!, hop, hops[place + 1]);
      visit.branches.add(index);
      if (place > 0) this.#cross({ from: keys[place - 1]!, to: keys[place]!, direction }, hop.ingress, index);
      if (place === hops.length - 1 && ending.reason !== 'ok') {
        this.#stop(visit, { reason: ending.reason, direction }, index);
      }
    }
  }

  #visit(key: string, hop: Hop, next: Hop | undefined): Visit {
    const known = this.visits.get(key);
    if (known !== undefined) return known;
    const visit: Visit = {
      key,
      name: hop.node,
      type: hop.nodeType,
      hop,
      ...(next === undefined ? {} : { next }),
      suspicions: this.#suspicions.get(hop.node) ?? [],
      stops: [],
      branches: new Set(),
    };
    this.visits.set(key, visit);
    return visit;
  }

  #cross(ends: Pick<Crossing, 'from' | 'to' | 'direction'>, linkId: string | undefined, index: number): void {
    // A later packet that goes as the first one did needs no second line.
    if (
      ends.direction === 'later' &&
      [...this.crossings.values()].some(
        ({ from, to, direction }) => from === ends.from && to === ends.to && direction === 'there',
      )
    ) {
      return;
    }
    const link = this.#links.get(linkId ?? '');
    const key = JSON.stringify([ends, link?.sourceAttributes, link?.destinationAttributes]);
    const crossing = this.crossings.get(key) ?? {
      ...ends,
      ...(link === undefined ? {} : { link }),
      branches: new Set(),
    };
    crossing.branches.add(index);
    this.crossings.set(key, crossing);
  }

  #stop({ stops }: Visit, { reason, direction }: Pick<Stop, 'reason' | 'direction'>, index: number): void {
    const known = stops.find((stop) => stop.reason === reason && stop.direction === direction);
    if (known === undefined) stops.push({ reason, direction, branches: new Set([index]) });
    else known.branches.add(index);
  }
}

/** A node that the packet visits twice, as in a hairpin or a loop, is two places. */
function visitKeys(hops: readonly Hop[]): string[] {
  const times = new Map<string, number>();
  return hops.map(({ node }) => {
    const time = times.get(node) ?? 0;
    times.set(node, time + 1);
    return `${node}#${time}`;
  });
}

/** The answer passes the places of the way there in reverse, where it passes them at all. */
function replyKeys(there: readonly Hop[], back: readonly Hop[]): string[] {
  const left = visitKeys(there).map((key, index) => ({ key, node: there[index]!.node }));
  const times = new Map<string, number>();
  return back.map(({ node }) => {
    const found = left.findLastIndex((place) => place.node === node);
    const key = found < 0 ? undefined : left.splice(found, 1)[0]!.key;
    const time = times.get(node) ?? 0;
    times.set(node, time + 1);
    return key ?? `${node}#back${time}`;
  });
}

function isSameWay(there: readonly Hop[], back: readonly Hop[]): boolean {
  return (
    there.length === back.length && back.every(({ node }, index) => node === there[there.length - 1 - index]!.node)
  );
}
