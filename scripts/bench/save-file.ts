/** Parse and print of a large iptables-save. */
import { performance } from 'node:perf_hooks';
import { parseIptablesSave, printIptablesSave } from '../../src/netstack/iptables/index.ts';
import { kubeProxyRules } from './kube-proxy.ts';
import type { Measure } from './measure.ts';
import { medianOf } from './median.ts';

/** Gives a little over 100,000 rules. */
const SERVICES = 12_100;

/** Throws where the printed text is not the parsed one: a wrong answer is not worth its time. */
export function measureSaveFile(rounds: number): Measure[] {
  const { text, rules } = kubeProxyRules({ services: SERVICES, seed: 1 });
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const started = performance.now();
    const printed = printIptablesSave(parseIptablesSave(text, 'iptables-nft', 4));
    times.push(performance.now() - started);
    if (printed !== text) throw new Error('the printed rules are not those that were parsed');
  }
  const size = `${rules.toLocaleString('en')} rules, ${(text.length / 2 ** 20).toFixed(0)} MiB`;
  return [
    { name: `parse and print of ${size}, first time`, value: times[0]!, unit: 'ms', limit: 1000, better: 'less' },
    { name: `parse and print of ${size}, median`, value: medianOf(times), unit: 'ms' },
  ];
}
