/** A random case as plain data, which a file can keep, and the laboratory's case that it stands for. */
import type { Family } from '../../src/model/index.ts';
import type { LabProbe } from '../probes.ts';
import type { Backend, Case, PodRow, ServiceRow, Wiring } from '../scenario.ts';
import { makeSite, type Change, type Site } from '../site.ts';

/** One thing that was done to a healthy cluster. Rows run in order; one that the kernel refuses is left out. */
export interface FuzzRow {
  /** Name of the mutation that made it. */
  readonly kind: string;
  /** Name of the namespace: `node-a`, `shop/client`. */
  readonly in: string;
  readonly sh: string;
}

export interface FuzzCase {
  readonly name: string;
  readonly wiring: Wiring;
  readonly family: Family;
  readonly backend: Backend;
  readonly nodes: readonly string[];
  readonly pods: readonly PodRow[];
  readonly services: readonly ServiceRow[];
  readonly hasRules: boolean;
  readonly rows: readonly FuzzRow[];
  /** As `probeKey` names them. */
  readonly probes: readonly string[];
}

export function probeKey({ question, kind }: LabProbe): string {
  return `${question.src} ${question.dst} ${question.protocol} ${question.port}${kind === 'large' ? ' large' : ''}`;
}

export function labCase(fuzz: FuzzCase): Case {
  const { family, backend, wiring, nodes, pods, services, hasRules } = fuzz;
  const asked = new Set(fuzz.probes);
  return {
    name: `${fuzz.name}/v${family}/${backend}`,
    family,
    backend,
    scenario: {
      name: fuzz.name,
      about: 'made by chance',
      wiring,
      nodes,
      pods,
      services,
      hasRules,
      hasLargeProbes: true,
      hasOutsideProbes: true,
      // who asked whom first decides in a cluster that is new: what they have learned of each other is in the dump
      collect: 'between',
      change: (site) => fuzz.rows.map((row) => ({ in: placeOf(site, row.in), sh: row.sh, mayBeRefused: true })),
      select: (probes) => probes.filter((probe) => asked.has(probeKey(probe))),
    },
  };
}

/** The site of a case that has no rows and no probes yet. */
export const siteOf = (fuzz: FuzzCase): Site => makeSite(labCase(fuzz));

function placeOf(site: Site, namespace: string): Change['in'] {
  const place = [...site.nodes, ...site.pods].find((one) => (one.kind === 'pod' ? one.id : one.name) === namespace);
  if (place === undefined) throw new Error(`the case ${site.case.name} has no ${namespace}`);
  return place;
}
