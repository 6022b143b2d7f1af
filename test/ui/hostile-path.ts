/** Results with random shapes and hostile texts, for properties that must hold of every picture. */
import fc from 'fast-check';
import type { Branch, Ending, Hop, Leg, Link, PacketPath, Reason } from '../../src/model/path.ts';
import type { Step } from '../../src/model/step.ts';
import type { Suspicion } from '../../src/model/suspicion.ts';
import { SUSPICIONS } from '../../src/ui/findings/index.ts';
import { REASON_PHRASES } from '../../src/ui/graph/phrases.ts';
import { endpoint, tcp } from './path-builder.ts';

/** Names as a hostile bundle might have them: escape sequences, markup, quotes, wide and combining characters, line breaks. */
const text = fc.oneof(
  { weight: 3, arbitrary: fc.stringMatching(/^[a-z0-9/.-]{1,30}$/) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '\u001b[31mred\u001b[0m',
      '</text><script>alert(1)</script>',
      '"${x}\\"',
      '網路/節點',
      'e\u0301\u200b\u202ea',
      'a\nb\tc',
      '`',
      '${',
      '__proto__',
      'constructor',
      '👩‍👩‍👧',
      ']]>&lt;',
      '\ud800',
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
);

const reason = fc.constantFrom(...(Object.keys(REASON_PHRASES) as Reason[]));
const nodeType = fc.constantFrom('pod' as const, 'node' as const, 'external' as const, 'generic' as const);
const action = fc.constantFrom('send' as const, 'forward' as const, 'serve' as const, 'service' as const);
const evidence = fc.record({
  kind: fc.constantFrom('rule' as const, 'route' as const, 'sysctl' as const),
  raw: text,
  where: text,
});

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('step' as const),
    stage: fc.constantFrom('route' as const, 'bridge' as const),
    detail: text,
    evidence: fc.array(evidence, { maxLength: 2 }),
  }),
  fc.record({
    kind: fc.constant('rule' as const),
    ruleSet: fc.constant('iptables-nft' as const),
    family: fc.constantFrom(4 as const, 6 as const),
    hook: fc.constant('forward' as const),
    table: text,
    chain: text,
    number: fc.nat(9),
    raw: text,
    effect: text,
    assumed: fc.boolean(),
  }),
);

const suspicion: fc.Arbitrary<Suspicion> = fc.record(
  {
    level: fc.constantFrom(0 as const, 1 as const, 2 as const, 3 as const),
    code: fc.constantFrom(...(Object.keys(SUSPICIONS) as (keyof typeof SUSPICIONS)[])),
    message: text,
    evidence: fc.array(evidence, { maxLength: 2 }),
    node: text,
    remedy: text,
  },
  { requiredKeys: ['level', 'code', 'message', 'evidence'] },
);

/** Nodes come from a few names, so that branches meet, part, and visit a node twice. */
function leg(names: readonly string[], links: readonly Link[]): fc.Arbitrary<Leg> {
  const linkId = fc.option(fc.constantFrom(...links.map(({ id }) => id), 'veth,no,such,link'), { nil: undefined });
  const hop: fc.Arbitrary<Hop> = fc
    .tuple(fc.constantFrom(...names), nodeType, action, fc.array(step, { maxLength: 3 }), linkId, linkId)
    .map(([node, type, what, steps, ingress, egress]) => {
      const made: Hop = { node, nodeType: type, action: what, steps, packet: tcp('10.77.0.4', 40000, '10.77.1.2', 80) };
      return Object.assign(made, ingress && { ingress }, egress && { egress });
    });
  const ending: fc.Arbitrary<Ending> = fc
    .tuple(reason, fc.constantFrom(...names), text, fc.array(evidence, { maxLength: 2 }))
    .map(([why, node, message, rest]) => ({
      verdict: why === 'ok' ? 'reachable' : why.startsWith('unknown') ? 'undetermined' : 'unreachable',
      reason: why,
      node,
      message,
      evidence: rest,
      notice: 'timeout',
    }));
  return fc.record({ hops: fc.array(hop, { minLength: 1, maxLength: 6 }), ending });
}

export const hostilePath: fc.Arbitrary<PacketPath> = fc
  .uniqueArray(text, { minLength: 2, maxLength: 5 })
  .chain((names) => {
    const links: Link[] = names.map((name, index) => ({
      id: `veth,${name},${names[(index + 1) % names.length]!},10.77.1.2:80`,
      type: 'veth',
      source: name,
      sourceAttributes: { if: name },
      destination: names[(index + 1) % names.length]!,
      destinationAttributes: {},
      packet: tcp('10.77.0.4', 40000, '10.77.1.2', 80),
    }));
    const fork = fc.record({
      cause: fc.constantFrom('choice' as const, 'ignorance' as const),
      id: fc.nat(3),
      option: fc.nat(3),
      label: text,
    });
    const branch: fc.Arbitrary<Branch> = fc
      .record({
        forward: leg(names, links),
        reply: leg(names, links),
        later: fc.option(leg(names, links), { nil: undefined }),
        forks: fc.array(fork, { maxLength: 2 }),
        probability: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
      })
      .map(({ forward, reply, later, forks, probability }) => {
        const end = forward.ending.reason === 'ok' ? reply.ending : forward.ending;
        return Object.assign(
          { forward, forks, verdict: end.verdict, reason: end.reason },
          forward.ending.reason === 'ok' && { reply },
          forward.ending.reason === 'ok' && later !== undefined && { established: later },
          probability !== undefined && { probability },
        );
      });
    return fc
      .record({
        branches: fc.array(branch, { minLength: 1, maxLength: 8 }),
        cluster: fc.array(suspicion, { maxLength: 2 }),
        ofNode: fc.array(suspicion, { maxLength: 2 }),
        texts: fc.tuple(text, text, text),
        why: reason,
      })
      .map(({ branches, cluster, ofNode, texts, why }) => ({
        question: {
          src: endpoint('pod', names[0]!, '10.77.0.4', { note: texts[2] }),
          dst: endpoint('service', names[1]!, '10.96.0.10'),
          port: 80,
          protocol: 'tcp' as const,
        },
        verdict: why === 'ok' ? ('reachable' as const) : ('unreachable' as const),
        reason: why,
        summary: texts[0],
        decidedBy: [{ node: names[0]!, evidence: { kind: 'rule' as const, raw: texts[1], where: texts[2] } }],
        branches,
        nodes: names.map((id) => ({ id, type: 'node' as const, suspicions: ofNode })),
        links,
        suspicions: cluster,
        assumptions: [texts[1]],
        detected: [{ what: texts[0], value: texts[1], from: texts[2] }],
      }));
  });
