/** What is said about a name that the cluster does not have, with the nearest that it has. */
import { AskError } from './ask-error.ts';
import type { IPCache } from './ip-cache.ts';
import { named, PLAIN_KINDS, typedId } from './named-object.ts';
import type { Role } from './named-object.ts';
import { didYouMean, nearestNames } from './nearest-names.ts';
import type { TargetKind } from './target-text.ts';

/** A name that no object of any kind has. */
export function unknown(cache: IPCache, asked: string, name: string, role: Role): AskError {
  return new AskError(
    `there is no pod, service, node or workload "${asked}"${didYouMean(nearOf(cache, name, PLAIN_KINDS[role].flat()))}`,
  );
}

/** A name that no object of the kind has. Of other kinds only one that has this very name may be meant. */
export function unknownOfKind(
  cache: IPCache,
  asked: string,
  { type, name }: { readonly type: TargetKind; readonly name: string },
  role: Role,
): AskError {
  const near = nearOf(cache, name, [type]);
  const others = PLAIN_KINDS[role].flat().flatMap((other) =>
    named(cache, other)
      .filter((object) => object.name === name)
      .map((object) => typedId({ type: other, object })),
  );
  return new AskError(
    `there is no ${type.toLowerCase()} "${asked}"${didYouMean(near.length > 0 ? near : firstThree(others))}`,
  );
}

/** Of these kinds; for a name with dots, of services by their DNS names where nothing else is near. */
function nearOf(cache: IPCache, name: string, kinds: readonly TargetKind[]): readonly string[] {
  const candidates = kinds.flatMap((type) => named(cache, type).map((object) => typedId({ type, object })));
  const near = nearestNames(name, candidates);
  if (near.length > 0 || !name.includes('.') || !kinds.includes('service')) return near;
  return nearestNames(
    name,
    cache.services.map((service) => `${service.name}.${service.namespace}`),
  );
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
