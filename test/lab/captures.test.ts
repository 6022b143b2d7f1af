/** What a real Kubernetes' sockets got, probe by probe, against what skoop says from the capture. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ProbeResult } from '../../lab/engine.ts';
import { judge } from '../../lab/judge.ts';
import type { LabProbe } from '../../lab/probes.ts';
import { openBundle } from '../../src/bundle/index.ts';
import { bundleCollector } from '../../src/collector/index.ts';
import { Context } from '../../src/context/index.ts';
import { openNetwork } from '../../src/provider/index.ts';

interface CapturedProbe {
  readonly from: string;
  readonly to: string;
  readonly port: number;
  readonly proto: 'tcp' | 'udp';
  readonly result: string;
  readonly from_addr?: string;
  readonly server_saw?: string;
  readonly server_addr?: string;
  readonly server?: string;
}

const OUTSIDE = new Set(['192.168.77.1', '203.0.113.9', 'fd00:77::1']);

describe.each([
  // ICMP was rationed while these were taken: a lone silence where IPv4 rejects is no oracle
  { name: 'iptables-vxlan', mostRationed: 2, lost: [] },
  // Both were lost behind the node: the laboratory's kernel serves the same flow with the same rules each time
  {
    name: 'nftables-hostgw',
    mostRationed: 0,
    lost: ['kl-node2 -> 10.96.193.54 udp 53', 'kl-node2 -> fd96::d2b7 udp 53'],
  },
])('the captured cluster $name', ({ name, mostRationed, lost }) => {
  const capture = `test/fixtures/captures/${name}`;
  const probes = readFileSync(`${capture}.probes.jsonl`, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as CapturedProbe);

  it('has the 432 probes', () => {
    expect(probes).toHaveLength(432);
  });

  it('answers every probe as the kernel did', { timeout: 120_000 }, async () => {
    const bundle = openBundle(`${capture}.skoop`);
    const network = await openNetwork({ objects: bundle.objects, collector: bundleCollector(bundle) }, new Context());
    const lines = { disagree: [] as string[], undetermined: [] as string[], rationed: [] as string[] };
    let agreements = 0;
    for (const captured of probes) {
      const probe = asked(captured);
      const path = await network.diagnose({ ...probe.question, ...viaOf(captured) });
      const judgement = judge(probe, [answer(captured)], path, { seesArrivals: false });
      const text = `${captured.from} -> ${captured.to} ${captured.proto} ${captured.port}`;
      if (judgement.kind === 'agree') agreements++;
      else
        lines[judgement.kind === 'rationed' && captured.to.includes(':') ? 'disagree' : judgement.kind].push(
          `${text}: ${judgement.why}`,
        );
    }
    for (const line of lines.undetermined) process.stderr.write(`undetermined ${line}\n`);
    for (const line of lines.rationed) process.stderr.write(`rationed ${line}\n`);
    process.stderr.write(
      `${probes.length} probes, ${agreements} agree, ${lines.disagree.length} disagree, ${lines.undetermined.length} undetermined, ${lines.rationed.length} rationed\n`,
    );
    expect(lines.disagree.filter((line) => !lost.some((one) => line.startsWith(`${one}: `)))).toEqual([]);
    expect(lines.rationed.length).toBeLessThanOrEqual(mostRationed);
  });
});

function asked(captured: CapturedProbe): LabProbe {
  const src =
    captured.from === 'outside'
      ? (captured.from_addr ?? (captured.to.includes(':') ? 'fd00:77::1' : '192.168.77.1'))
      : captured.from.includes('/')
        ? captured.from
        : `node/${captured.from}`;
  const question = { src, dst: captured.to, port: captured.port, protocol: captured.proto };
  return {
    probe: { from: captured.from, to: captured.to, port: captured.port, protocol: captured.proto },
    question,
    times: 1,
    kind: 'verdict',
  };
}

function answer(captured: CapturedProbe): ProbeResult {
  return {
    result: captured.result,
    from: captured.from_addr ?? '',
    stage: 'connect',
    ...(captured.server_saw === undefined ? {} : { saw: captured.server_saw }),
    ...(captured.server_addr === undefined ? {} : { at: captured.server_addr }),
    ...(captured.server === undefined ? {} : { server: captured.server }),
  };
}

/** Where the outside's routes led: see the capture's own notes on how it was taken. */
function viaOf(captured: CapturedProbe): { readonly via?: string } {
  if (captured.from !== 'outside' || OUTSIDE.has(captured.to)) return {};
  if (captured.to.startsWith('10.96.')) return { via: 'kl-node1' };
  return captured.to.startsWith('203.0.113.') || captured.to.startsWith('fd96:') ? { via: 'kl-node2' } : {};
}
