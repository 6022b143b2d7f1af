/** How long the nft listing of a node with many services takes to be read, every rule and element of it. */
import { parseNftJson } from '../../src/netstack/nftables/parse-json.ts';
import { parseNftText } from '../../src/netstack/nftables/parse-text.ts';
import { printRuleSet } from '../../src/netstack/nftables/print.ts';
import type { RuleSet } from '../../src/netstack/nftables/types.ts';
import { kubeProxyNftables } from './kube-proxy-nftables.ts';
import type { Measure } from './measure.ts';
import { medianOf } from './median.ts';

const SERVICES = 10_000;

export function measureNftListing(rounds: number): Measure[] {
  const json = kubeProxyNftables({ services: SERVICES, seed: 3, podNetwork: '10.77' }).text;
  const text = printRuleSet(parseNftJson(json));
  return [
    measure('JSON', rounds, () => readAll(parseNftJson(json))),
    measure('text', rounds, () => readAll(parseNftText(text))),
  ];
}

function measure(listing: string, rounds: number, read: () => number): Measure {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const started = performance.now();
    if (read() < SERVICES) throw new Error('rules are missing');
    times.push((performance.now() - started) / 1000);
  }
  return {
    name: `nftables of ${SERVICES.toLocaleString('en')} services, read as ${listing}`,
    value: medianOf(times),
    unit: 's',
    limit: 2,
    better: 'less',
  };
}

/** What is left for its first use is used. */
function readAll({ tables }: RuleSet): number {
  let statements = 0;
  for (const { chains, sets } of tables) {
    for (const { rules } of chains.values()) for (const rule of rules) statements += rule.statements.length;
    for (const { elements } of sets.values()) statements += elements.length;
  }
  return statements;
}
