/** What is said about a name that the cluster does not have, with the nearest that it has. */
import { AskError } from './ask-error.ts';
import type { IPCache } from './ip-cache.ts';
import { named, PLAIN_KINDS, typedId } from './named-object.ts';
import type { Role } from './named-object.ts';
import { didYouMean, nearestNames } from './nearest-names.ts';
import type { TargetKind } from './target-text.ts';

/** A name that is nowhere, among these kinds. */
export function unknown(cache: IPCache, asked: string, kinds: readonly TargetKind[], name: string): AskError {
  const candidates = kinds.flatMap((type) => named(cache, type).map((object) => typedId({ type, object })));
  const what = kinds.length === 1 ? kinds[0]!.toLowerCase() : 'pod, service, node or workload';
  return new AskError(`there is no ${what} "${asked}"${didYouMean(nearestNames(name, candidates))}`);
}

/** `namespace/name` that is not there: is it the namespace or the name that is wrong? */
export function unknownPair(
  cache: IPCache,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  role: Role,
): AskError {
  const kinds = PLAIN_KINDS[role].flat().filter((type) => type !== 'node');
  const objects = kinds.flatMap((type) => named(cache, type).map((object) => ({ type, object })));
  const inside = objects.filter(({ object }) => object.namespace === namespace);
  const elsewhere = objects.filter(({ object }) => object.name === name).map(typedId);
  const asked = `${namespace}/${name}`;
  if (inside.length > 0 || cache.namespaces.some((one) => one.name === namespace)) {
    const near = nearestNames(name, inside.map(typedId));
    return new AskError(
      `there is no pod, service or workload "${asked}"${didYouMean(firstThree([...elsewhere, ...near]))}`,
    );
  }
  const spaces = [...cache.namespaces.map((one) => one.name), ...objects.map(({ object }) => object.namespace)];
  const near = nearestNames(namespace, spaces).map((one) => `${one}/${name}`);
  return new AskError(
    `there is no namespace "${namespace}" for "${asked}"${didYouMean(firstThree([...near, ...elsewhere]))}`,
  );
}

function firstThree(names: readonly string[]): readonly string[] {
  return [...new Set(names)].slice(0, 3);
}
