/** What a verdict takes for granted because the dumps can't tell. */
import type { InfraShim } from '../infra/index.ts';
import type { Walked } from '../diagnostor/diagnostor.ts';

export function assumptionsOf(walked: Walked, infra: InfraShim): readonly string[] {
  const withoutBpf = new Set(
    [...walked.visited].filter(({ ns }) => ns.section('bpf-net')?.exitCode !== 0).map(({ node }) => node.name),
  );
  const assumptions: string[] = [];
  if (withoutBpf.size > 0)
    assumptions.push(`no BPF program is attached on ${[...withoutBpf].join(', ')} (bpftool was not there to ask)`);
  const crosses = [...walked.links.values()].some((link) => link.type === 'infra');
  return crosses ? [...assumptions, ...infra.assumptions] : assumptions;
}
