/** Packets per second through the nat table of a node with many services, the evaluator alone. */
import type { Packet } from '../../src/model/packet.ts';
import { port } from '../../src/model/packet.ts';
import { ip } from '../../src/model/address.ts';
import { forkIds } from '../../src/model/fork.ts';
import { evaluateTable, parseIptablesSave } from '../../src/netstack/iptables/index.ts';
import type { NetfilterInput } from '../../src/netstack/netfilter/types.ts';
import { kubeProxyRules } from './kube-proxy.ts';
import type { Measure } from './measure.ts';
import { medianOf } from './median.ts';

const SERVICES = 10_000;

/** One packet from a pod to each service's cluster address, every branch followed. */
export function measureNatTable(rounds: number): Measure[] {
  const { text, services } = kubeProxyRules({ services: SERVICES, seed: 2 });
  const rules = parseIptablesSave(text, 'iptables-nft', 4);
  const inputs = services.map(({ clusterIP, port: dport }) => inputFor(clusterIP, dport));
  const rates: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const started = process.cpuUsage();
    let ways = 0;
    for (const input of inputs) ways += evaluateTable(rules, 'nat', input).length;
    const { user, system } = process.cpuUsage(started);
    if (ways < services.length) throw new Error('a packet without an outcome');
    // The first round reads the rules.
    if (round > 0) rates.push((services.length / (user + system)) * 1e6);
  }
  return [
    {
      name: `nat PREROUTING of ${SERVICES.toLocaleString('en')} services, per second of one core`,
      value: medianOf(rates),
      unit: 'packets/s',
      limit: 100_000,
      better: 'more',
    },
  ];
}

const SOURCE = ip('10.244.3.7');

function inputFor(clusterIP: string, dport: number): NetfilterInput {
  const packet: Packet = {
    family: 4,
    src: SOURCE,
    dst: ip(clusterIP),
    protocol: 6,
    sport: { min: 32_768, max: 60_999 },
    dport: port(dport),
    tcpFlags: 2,
    mark: 0,
    tos: 0,
    ttl: 64,
    length: 60,
    df: true,
  };
  return {
    hook: 'prerouting',
    family: 4,
    packet,
    meta: { iif: 'cni0', isBridged: false, pkttype: 'host', isLocal: false },
    ct: { state: 'NEW', direction: 'original', isSnat: false, isDnat: false, mark: 0, zone: 0 },
    env: { addressType: () => 'UNICAST', hasReversePath: () => true, hasSocket: () => true, testSet: () => undefined },
    forkIds: forkIds(),
    assumed: new Map(),
  };
}
