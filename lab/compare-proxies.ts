/**
 * Holds kube-proxy's ways against each other: asked the same of the same services, iptables and nftables must make the
 * same of it: verdict, what the client is told, the endpoints, and whether they see the client or a node.
 */
import type { PacketPath } from '../src/model/index.ts';
import { addressOf, expected } from './judge.ts';
import { describe, type AskSkoop } from './judge-observations.ts';
import type { LabProbe } from './probes.ts';
import type { Recording } from './run-case.ts';
import type { Backend, Scenario } from './scenario.ts';

/** What is otherwise in nftables mode: the first two as kube-proxy's documents say, the last as its rules are. */
const DIFFERENT: readonly { readonly about: string; readonly isMeant: (row: Row) => boolean }[] = [
  {
    about: 'node ports are not served on loopback addresses',
    isMeant: ({ probe }) => ['127.0.0.1', '::1'].includes(probe.to) && probe.port >= 30_000,
  },
  {
    about: 'a port of a cluster address that no service has is rejected',
    isMeant: ({ scenario }) => scenario.name === 'cluster-address-other-port',
  },
  {
    about:
      'a node too is refused at an external address without endpoints: iptables refuses what it takes in and forwards',
    isMeant: ({ question, probe }) => question.src.startsWith('node/') && /^(203\.0\.113\.|fd00:113:)/.test(probe.to),
  },
];

type Row = LabProbe & { readonly scenario: Scenario };

interface Answers {
  readonly row: Row;
  readonly of: Map<Backend, string>;
}

/** Whether the case is one of several ways of kube-proxy to do the same. */
export const isCompared = ({ backends = [] }: Scenario): boolean =>
  backends.includes('nftables') && backends.length > 1;

export class ProxyComparison {
  readonly #rows = new Map<string, Answers>();

  async add({ site, observations }: Recording, ask: AskSkoop): Promise<void> {
    const { scenario, family, backend } = site.case;
    for (const { probe } of observations) {
      const name = `${scenario.name}/v${family}: ${describe(probe)}`;
      const row = this.#rows.get(name) ?? { row: { ...probe, scenario }, of: new Map<Backend, string>() };
      row.of.set(backend, outcomeOf(await ask(probe)));
      this.#rows.set(name, row);
    }
  }

  /** `compared`: rows that more than one way answered. `wrong`: those that differ and should not, or the reverse. */
  result(): { readonly compared: number; readonly wrong: readonly string[] } {
    const rows = [...this.#rows].filter(([, { of }]) => of.size > 1 && of.has('nftables'));
    const seen = new Set<string>();
    const wrong = rows.flatMap(([name, { row, of }]) => {
      if (new Set(of.values()).size === 1) return [];
      const meant = DIFFERENT.find(({ isMeant }) => isMeant(row));
      if (meant === undefined) return [`${name}: ${[...of].map(([way, said]) => `${way} ${said}`).join('; ')}`];
      seen.add(meant.about);
      return [];
    });
    const missing = DIFFERENT.filter(({ about }) => !seen.has(about)).map(({ about }) => `no row differs: ${about}`);
    return { compared: rows.length, wrong: [...wrong, ...missing] };
  }
}

/** The same text for what comes to the same. */
function outcomeOf({ verdict, branches }: PacketPath): string {
  const ends = branches.map((branch) => {
    const { seenByServer: seen } = branch;
    const told = expected(branch) ?? branch.reason;
    return seen === undefined ? told : `${told} at ${seen.at} from ${addressOf(seen.from)}`;
  });
  return `${verdict} (${[...new Set(ends)].toSorted().join(', ')})`;
}
