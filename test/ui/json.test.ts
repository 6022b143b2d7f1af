import Ajv2020 from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resultSchema } from '../../src/ui/json-schema-page.ts';
import { toJson } from '../../src/ui/json/index.ts';
import { expectGolden } from './golden.ts';
import { hostilePath } from './hostile-path.ts';
import { PATHS, droppedByRule, healthyVxlan, intermittentService, replyLost } from './paths.ts';

const ajv = new Ajv2020.default({ allErrors: true, strictTypes: false });
/** The published schema lets later versions add fields; what we write now must have no field that it does not name. */
const validate = ajv.compile(closed(resultSchema()) as object);

function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const entries = Object.entries(schema).map(([key, value]) => [key, closed(value)]);
  return {
    ...Object.fromEntries(entries),
    ...('properties' in schema && 'type' in schema ? { additionalProperties: false } : {}),
  };
}

/** As a reader gets it. */
const written = (path: Parameters<typeof toJson>[0]): ReturnType<typeof toJson> =>
  JSON.parse(JSON.stringify(toJson(path))) as ReturnType<typeof toJson>;

describe('golden JSON', () => {
  for (const [name, path] of Object.entries(PATHS)) {
    it(name, () => {
      const json = written(path());
      expect(validate(json), JSON.stringify(validate.errors)).toBe(true);
      // Thirty branches are three megabytes of diff that nobody reads.
      if (name !== 'thirty-endpoints') expectGolden(`${name}.json`, `${JSON.stringify(json, undefined, 1)}\n`);
    });
  }
});

describe('the published schema', () => {
  it('refuses what is not a result', () => {
    const json = written(healthyVxlan());
    for (const broken of [
      {},
      { ...json, verdict: 'maybe' },
      { ...json, nodes: [{ id: 'x' }] },
      { ...json, schema: 2 },
      { ...json, extra: 1 },
    ]) {
      expect(validate(broken)).toBe(false);
    }
  });

  it('holds for whatever a capture contains', () => {
    fc.assert(
      fc.property(hostilePath, (path) => {
        expect(validate(written(path)), JSON.stringify(validate.errors)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

describe("KubeSkoop's shape", () => {
  it('names nodes, actions and links as KubeSkoop does', () => {
    const { nodes, links, cluster } = written(healthyVxlan());
    expect(cluster).toEqual({ suspicions: [] });
    expect(nodes.map(({ id, type, actions }) => [id, type, actions])).toEqual([
      ['shop/client-a', 'pod', { '': { type: 'send' } }],
      ['kl-node1', 'node', { 'veth,shop/client-a,kl-node1,10.77.1.2:8080': { type: 'forward' } }],
      ['kl-node2', 'node', { 'infra,kl-node1,kl-node2,192.168.77.12:8472': { type: 'forward' } }],
      ['shop/web-z7jkh', 'pod', { 'veth,kl-node2,shop/web-z7jkh,10.77.1.2:8080': { type: 'serve' } }],
    ]);
    expect(links[1]).toMatchObject({
      id: 'infra,kl-node1,kl-node2,192.168.77.12:8472',
      type: 'infra',
      source: 'kl-node1',
      source_attributes: { if: 'eth0' },
      destination: 'kl-node2',
      destination_attributes: { if: 'eth0' },
      action: 'veth,shop/client-a,kl-node1,10.77.1.2:8080',
      packet: {
        source: '192.168.77.11',
        destination: '192.168.77.12',
        dport: 8472,
        protocol: 'udp',
        inner: { vni: 1, destination: '10.77.1.2', dport: 8080, protocol: 'tcp' },
      },
    });
  });

  it('has every link of the way there lead from an action of its source', () => {
    for (const path of Object.values(PATHS)) {
      const { nodes, links } = written(path());
      const actions = new Map(nodes.map((node) => [node.id, Object.keys(node.actions)]));
      for (const link of links) expect(actions.get(link.source)).toContain(link.action);
    }
  });

  it('shows the service node and a link to each endpoint behind it', () => {
    const { nodes, links } = written(intermittentService());
    expect(Object.values(nodes.find(({ id }) => id === 'kl-node1')!.actions)).toEqual([{ type: 'service' }]);
    expect(links.filter(({ source }) => source === 'kl-node1').map(({ destination }) => destination)).toEqual([
      'shop/web-j2td8',
      'kl-node2',
      'shop/web-9kx2p',
    ]);
  });

  it('keeps what was found up to a drop, and the fatal suspicion on the node that drops', () => {
    const { nodes, links } = written(droppedByRule());
    expect(links).toHaveLength(2);
    expect(nodes.find(({ id }) => id === 'kl-node2')!.suspicions[0]).toMatchObject({
      level: 3,
      code: 'PACKET_DROPPED',
    });
  });

  it('keeps the links that only answers use apart', () => {
    const { links, replyLinks } = written(replyLost());
    expect(links.every(({ source }) => source !== 'shop/web-z7jkh')).toBe(true);
    expect(replyLinks.map(({ source, destination }) => [source, destination])).toContainEqual([
      'shop/web-z7jkh',
      'kl-node2',
    ]);
  });
});
