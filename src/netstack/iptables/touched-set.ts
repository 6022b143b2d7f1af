/** How a packet's walk remembers that `-j SET` changed a set. */

/** The key in {@link Assumptions} under which the change is kept. */
export function touchedSetKey(name: string): string {
  return `-j SET changed ${name}`;
}
