/** Reads `ip -j route show table all type local`: which addresses the namespace takes for its own. */
import type { Prefix } from '../../model/address.ts';
import { everything, optionalPrefix } from './fields.ts';
import { readEntries } from './json-section.ts';

/** Throws SectionError. */
export function parseLocalRoutes(text: string): readonly Prefix[] {
  return readEntries('ip4-local', text)
    .filter(({ fields }) => Object.keys(fields).length > 0)
    .map((entry) => optionalPrefix(entry, 'dst', 4) ?? everything(4));
}
