/** Ends a switch over a union: a case that is missing does not compile, one that comes in all the same is a bug. */
export function assertNever(value: never): never {
  throw new Error(`unexpected ${JSON.stringify(value)}`);
}
