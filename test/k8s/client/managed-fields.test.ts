/** A list without its managedFields is the same list, whatever names are in them. */
import { describe, expect, it } from 'vitest';
import { parseList } from '../../../src/k8s/client/managed-fields.ts';

const entry = (fieldsV1: object): object => ({ manager: 'kubelet', operation: 'Update', fieldsV1 });
const item = (managedFields: readonly object[], rest: object = { spec: { nodeName: 'node-1' } }): object => ({
  metadata: { name: 'web', labels: { app: 'web' }, managedFields },
  ...rest,
});
const parse = (items: readonly object[]): unknown => parseList(Buffer.from(JSON.stringify({ metadata: {}, items })));

const CUT = { metadata: { name: 'web', labels: { app: 'web' } }, spec: { nodeName: 'node-1' } };

describe('managedFields', () => {
  it.each([
    { what: 'of one entry', items: [item([entry({ 'f:spec': { '.': {} } })])], items_: [CUT] },
    { what: 'of several', items: [item([entry({}), { ...entry({}), subresource: 'status' }])], items_: [CUT] },
    { what: 'of several items', items: [item([entry({})]), item([entry({})])], items_: [CUT, CUT] },
    { what: 'of an item that ends with them', items: [item([entry({})], {})], items_: [{ metadata: CUT.metadata }] },
    {
      what: 'with a name like their begin',
      items: [item([entry({ 'k:{"a":",\\"managedFields\\":["}': {} })])],
      items_: [CUT],
    },
  ])('$what are left out', ({ items, items_ }) => {
    expect(parse(items)).toEqual({ metadata: {}, items: items_ });
  });

  it.each(['}]}', '}]},', '}]}}', '}]},"spec":{}', ',"managedFields":[', '}]}},{"metadata":{'])(
    'with the name %s in them do no harm',
    (name) => {
      const items = [
        item([entry({ [`k:${JSON.stringify({ mountPath: name })}`]: {}, [`f:${name}`]: {} })]),
        item([entry({})]),
      ];
      const parsed = parse(items) as { readonly items: readonly object[] };
      expect(parsed.items).toHaveLength(2);
      for (const one of parsed.items) expect(one).toMatchObject(CUT);
    },
  );

  it.each(['}]}', ',"managedFields":[', '"managedFields":[{}]}'])('in a value such as %s are kept', (value) => {
    const items = [{ metadata: { name: 'web' }, spec: { value } }];
    expect(parse(items)).toEqual({ metadata: {}, items });
  });

  it('of no list are no concern', () => {
    expect(() => parseList(Buffer.from('<html>'))).toThrow(SyntaxError);
  });
});
