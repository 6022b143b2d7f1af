/** What a scenario says: a small cluster, how it is wired, and what was done to it. One row becomes up to four cases. */
import type { Family } from '../src/model/index.ts';
import type { LabProbe } from './probes.ts';
import type { Change, Site } from './site.ts';

/**
 * How pods of one node and of two are joined: flannel's two ways, the bridge CNI with plain routes, one routed veth per
 * pod as calico does, or one layer-2 link through the bridges of all nodes.
 */
export type Wiring = 'host-gw' | 'vxlan' | 'bridge' | 'routed' | 'flat';
/**
 * What holds the rules: iptables in one of its two ways, or kube-proxy's own nftables table or its IPVS services beside
 * rules of iptables-nft. IPVS needs a kernel that has it.
 */
export type Backend = 'legacy' | 'nft' | 'nftables' | 'ipvs';

export interface ListenRow {
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
  /** `any` is a dual-stack wildcard as Go programs listen, `any-of-family` a wildcard of the case's family; else an address. */
  readonly address: 'any' | 'any-of-family' | 'loopback' | { readonly ip: (site: Site) => string };
  readonly device?: string;
}

export interface PodRow {
  readonly name: string;
  readonly node: string;
  /** Label `app`, which services select. */
  readonly app: string;
  readonly listen: readonly ListenRow[];
  readonly hostPort?: { readonly host: number; readonly container: number };
  readonly state?: 'ready' | 'not-ready' | 'terminating';
}

export interface ServiceRow {
  readonly name: string;
  readonly app: string;
  readonly port: number;
  readonly targetPort: number;
  readonly protocol?: 'tcp' | 'udp';
  readonly portName?: string;
  readonly nodePort?: number;
  readonly isExternal?: boolean;
  readonly isLoadBalancer?: boolean;
  readonly sourceRanges?: (site: Site) => readonly string[];
  readonly internalTrafficPolicy?: 'Cluster' | 'Local';
  readonly externalTrafficPolicy?: 'Cluster' | 'Local';
  readonly affinity?: boolean;
}

export interface Scenario {
  /** Words with hyphens; the case adds family and back end. */
  readonly name: string;
  /** What an operator would call it. */
  readonly about: string;
  readonly wiring: Wiring;
  readonly families?: readonly Family[];
  readonly backends?: readonly Backend[];
  /**
   * `cross`: each family with each back end (default). `diagonal`: each family with one, so that the row still has both.
   * `one`: one family with one back end, a different one from row to row.
   */
  readonly pairing?: 'cross' | 'diagonal' | 'one';
  readonly nodes?: readonly string[];
  readonly pods?: readonly PodRow[];
  readonly services?: readonly ServiceRow[];
  /** Rules of kube-proxy, kubelet and the plugin; on unless said otherwise. */
  readonly hasRules?: boolean;
  /** kube-proxy's --masquerade-all. */
  readonly masqueradeAll?: boolean;
  /** What went wrong: commands, run in order after the healthy cluster stands. */
  readonly change?: (site: Site) => readonly Change[];
  /** Which of the site's probes are asked; all of them unless said otherwise. */
  readonly select?: (probes: readonly LabProbe[], site: Site) => readonly LabProbe[];
  /** Probe with payloads larger than the MTU too. */
  readonly hasLargeProbes?: boolean;
  /** Probe from inside to the outside client too: skoop leaves those open, but must name the source address that they leave with. */
  readonly hasOutsideProbes?: boolean;
  /**
   * Take the dump before the probes (default), or after them, with the neighbours and connections that they left, or
   * `between`: all probes are asked once without a judge, then the dump is taken, then they are asked again.
   */
  readonly collect?: 'before' | 'between' | 'after';
  /** Why the scenario cannot be built in a user namespace. */
  readonly needsRoot?: string;
  /** What it needs of the kernel that this machine's own may lack: it is built in a guest with Debian's. */
  readonly needsKernel?: string;
  /** The rules that the kernel's trace shows as hit are compared too: rules are traced in every namespace. */
  readonly hasTrace?: boolean;
}

/** One scenario with its columns chosen. */
export interface Case {
  readonly name: string;
  readonly scenario: Scenario;
  readonly family: Family;
  readonly backend: Backend;
}

const FAMILIES: readonly Family[] = [4, 6];
const BACKENDS: readonly Backend[] = ['nft', 'legacy'];

/** Every case of the rows: family × rule back end. */
export function expand(scenarios: readonly Scenario[]): Case[] {
  return scenarios.flatMap((scenario, row) => {
    const families = scenario.families ?? FAMILIES;
    const backends = scenario.backends ?? BACKENDS;
    const columns = scenario.pairing === 'one' ? [families[row % families.length]!] : families;
    return columns.flatMap((family, column) => {
      if (scenario.pairing === 'one') {
        const backend = backends[Math.floor(row / 2) % backends.length]!;
        return [{ name: `${scenario.name}/v${family}/${backend}`, scenario, family, backend }];
      }
      const mine = scenario.pairing === 'diagonal' ? [backends[(row + column) % backends.length]!] : backends;
      return mine.map((backend) => ({ name: `${scenario.name}/v${family}/${backend}`, scenario, family, backend }));
    });
  });
}

/** Those that this user can build; the others, with the reason, in `left`. */
export function buildable(cases: readonly Case[]): {
  readonly cases: readonly Case[];
  readonly left: readonly string[];
} {
  if (process.getuid?.() === 0) return { cases, left: [] };
  return {
    cases: cases.filter((one) => one.scenario.needsRoot === undefined),
    left: cases.flatMap(({ name, scenario: { needsRoot } }) =>
      needsRoot === undefined ? [] : [`${name}: ${needsRoot}`],
    ),
  };
}
