/** What is worked out of a namespace once and then kept as long as its dump is: a dump does not change. */
import type { NetNS } from './netns.ts';

export function perNamespace<T>(make: (ns: NetNS) => T): (ns: NetNS) => T {
  const kept = new WeakMap<NetNS, T>();
  return (ns) => {
    const known = kept.get(ns);
    // undefined may be what was worked out
    if (known !== undefined || kept.has(ns)) return known as T;
    const made = make(ns);
    kept.set(ns, made);
    return made;
  };
}
