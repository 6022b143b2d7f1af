/** A list that grows at its head, so that branches of a walk share what came before they parted. */

export interface Trail<T> {
  readonly item: T;
  readonly before: Trail<T> | undefined;
  readonly length: number;
}

export function add<T>(before: Trail<T> | undefined, item: T): Trail<T> {
  return { item, before, length: before === undefined ? 1 : before.length + 1 };
}

const NONE: readonly never[] = [];

export function inOrder<T>(trail: Trail<T> | undefined): readonly T[] {
  if (trail === undefined) return NONE;
  const items = new Array<T>(trail.length);
  let at = trail.length;
  for (let node: Trail<T> | undefined = trail; node !== undefined; node = node.before) items[--at] = node.item;
  return items;
}
