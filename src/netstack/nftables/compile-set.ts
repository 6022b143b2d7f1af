/** Makes sets and maps ready to be looked up in. */
import { dataOf, partsOf } from './constant.ts';
import { leadOf } from './lead.ts';
import type { Datum } from './scope.ts';
import type { Entry } from './set-index.ts';
import { SetIndex } from './set-index.ts';
import type { Element } from './types.ts';
import { NOT_KNOWN } from './value.ts';

const MEMBER: Datum = { kind: 'member' };
const UNREAD: Datum = { kind: 'value', value: NOT_KNOWN };

/** Undefined where an element's key is not understood. */
export function indexOf(elements: readonly Element[]): SetIndex<Datum> | undefined {
  const entries: Entry<Datum>[] = [];
  let rest: { readonly data: Datum } | undefined;
  for (const element of elements) {
    const data = datumOf(element);
    if (element.key.kind === 'any') {
      rest = { data };
      continue;
    }
    const parts = partsOf(element.key);
    if (parts === undefined) return undefined;
    entries.push({ parts, data });
  }
  return new SetIndex(entries, rest);
}

function datumOf({ data }: Element): Datum {
  if (data === undefined) return MEMBER;
  const lead = leadOf(data);
  if (lead !== undefined) return lead;
  const value = dataOf(data as Parameters<typeof dataOf>[0]);
  return value === undefined ? UNREAD : { kind: 'value', value };
}
