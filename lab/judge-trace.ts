/** Holds the rules that the kernel's trace shows as hit against the rules that skoop lists. */
import type { Branch, Hop, PacketPath, RuleStep } from '../src/model/index.ts';
import type { Trace } from './run-case.ts';
import type { Site } from './site.ts';

/** Undefined where one branch has exactly the kernel's rules, in its order, on every node; else the difference to the nearest. */
export function judgeTrace(site: Site, trace: Trace, path: PacketPath): string | undefined {
  const differences = path.branches.map((branch) => difference(site, trace, branch));
  return differences.includes(undefined) ? undefined : differences.toSorted((x, y) => x!.length - y!.length)[0];
}

function difference(site: Site, trace: Trace, branch: Branch): string | undefined {
  for (const node of site.nodes) {
    const kernel = (trace.lines[node.name] ?? []).map(kernelHit).filter((hit) => hit !== undefined);
    const skoop = branch.forward.hops
      .filter((hop) => hop.node === node.name)
      .flatMap(innerRules)
      .filter((step) => !step.raw.includes('-j TRACE'))
      .map(skoopHit);
    const at = kernel.findIndex((hit, i) => hit !== skoop[i]);
    if (at >= 0 || skoop.length > kernel.length) {
      const place = at < 0 ? kernel.length : at;
      return `${node.name}: after ${place} rules alike the kernel hit ${kernel.slice(place, place + 3).join(', ') || 'nothing more'}, skoop ${skoop.slice(place, place + 3).join(', ') || 'nothing more'}`;
    }
  }
  return undefined;
}

/** The trace follows the packet itself, not the tunnel packet that carries it. */
function innerRules(hop: Hop): RuleStep[] {
  const tunnel = hop.steps.findIndex((step) => step.kind === 'step' && step.stage === 'tunnel');
  const steps =
    tunnel < 0 ? hop.steps : hop.packet.inner === undefined ? hop.steps.slice(0, tunnel) : hop.steps.slice(tunnel);
  return steps.filter((step) => step.kind === 'rule');
}

/** The TRACE rule itself (first of raw) is seen by one back end only, and the end of a user chain is no rule. */
function kernelHit(line: string): string | undefined {
  const [table, chain, kind, number] = line.split(':');
  if (kind === 'return' || (table === 'raw' && kind === 'rule' && number === '1')) return undefined;
  return kind === 'policy' ? `${table}:${chain}:policy` : `${table}:${chain}:${number}`;
}

const skoopHit = (step: RuleStep): string =>
  `${step.table}:${step.chain}:${step.number === 0 ? 'policy' : step.number}`;
