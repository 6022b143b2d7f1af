/** What sockets got in the guest's kernel through kube-proxy's IPVS mode, against what skoop says from the dumps of that moment. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ProbeResult } from '../../lab/engine.ts';
import { judge } from '../../lab/judge.ts';
import type { LabProbe } from '../../lab/probes.ts';
import { openBundle } from '../../src/bundle/index.ts';
import { bundleCollector } from '../../src/collector/index.ts';
import { Context } from '../../src/context/index.ts';
import { openNetwork } from '../../src/provider/index.ts';

type Captured = LabProbe['question'] & { readonly results: readonly ProbeResult[] };

const OUTSIDE = new Set(['192.168.77.1', 'fd00:77::1']);

/** The outside's routes: cluster addresses by the first node, the others by the last. */
function viaOf({ src, dst }: Captured): { readonly via?: string } {
  if (!OUTSIDE.has(src)) return {};
  if (/^(10\.96\.|fd96:)/.test(dst)) return { via: 'node-a' };
  return /^(203\.0\.113\.|fd00:113:)/.test(dst) ? { via: 'node-b' } : {};
}

describe.each(['ipvs-v4', 'ipvs-v6'])('the captured services of %s', (name) => {
  const capture = `test/fixtures/captures/${name}`;

  it('answer every probe as the kernel did', { timeout: 120_000 }, async () => {
    const bundle = openBundle(`${capture}.skoop`);
    const network = await openNetwork({ objects: bundle.objects, collector: bundleCollector(bundle) }, new Context());
    const probes = readFileSync(`${capture}.probes.jsonl`, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Captured);
    expect(probes).toHaveLength(207);
    const wrong: string[] = [];
    for (const captured of probes) {
      const { results, ...question } = captured;
      const probe: LabProbe = {
        question,
        probe: { from: question.src, to: question.dst, port: question.port, protocol: question.protocol },
        times: results.length,
        kind: 'verdict',
      };
      const path = await network.diagnose({ ...question, ...viaOf(captured) });
      const judgement = judge(probe, results, path, { seesArrivals: true });
      if (judgement.kind !== 'agree')
        wrong.push(`${question.src} -> ${question.dst} ${question.protocol} ${question.port}: ${judgement.why}`);
    }
    expect(wrong).toEqual([]);
  });
});
