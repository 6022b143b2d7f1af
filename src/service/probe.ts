/** One first packet to a Service, and what a node's nat and filter rules do with it, of iptables and of nftables. */
import { isLoopback } from '../model/address.ts';
import type { Packet } from '../model/packet.ts';
import type { Hook } from '../model/step.ts';
import { firstPacket, RuleProbe } from '../assertions/index.ts';
import type { ProbeEnd, ProbePacket } from '../assertions/index.ts';
import type { IPTables } from '../netstack/iptables/index.ts';
import type { NetNS } from '../netstack/netns.ts';
import { transportNumber } from '../k8s/index.ts';
import type { ServiceTraffic } from './traffic.ts';

export type ServiceProbeEnd = ProbeEnd | (Pick<ProbePacket, 'packet' | 'forks'> & { readonly kind: 'passed' });

export class ServiceProbe {
  readonly #host: NetNS;
  readonly #traffic: ServiceTraffic;
  readonly #probe: RuleProbe;
  readonly #isLocal: boolean;

  constructor(host: NetNS, rules: readonly IPTables[], traffic: ServiceTraffic) {
    const { address, port, protocol, source } = traffic;
    this.#host = host;
    this.#traffic = traffic;
    this.#isLocal = source.kind === 'node';
    this.#probe = new RuleProbe({
      host,
      rules,
      isLocal: this.#isLocal,
      packet: firstPacket({ src: source.ip, dst: address, protocol: transportNumber(protocol), port }),
      ...(source.iif === undefined ? {} : { iif: source.iif }),
    });
  }

  /** Every way through the destination's nat; what nat leaves alone also through the filter tables that it meets. */
  destination(): readonly ServiceProbeEnd[] {
    const ended: ProbeEnd[] = [];
    const hook = this.#isLocal ? 'output' : 'prerouting';
    let left = this.#probe.run({ table: 'before-nat', hook }, [this.#probe.first()], ended);
    left = this.#probe.run({ table: 'nat', hook }, left, ended);
    for (const hook of this.#filterHooks()) left = this.#probe.run({ table: 'filter', hook }, left, ended);
    return [...ended, ...left.map(({ packet, forks }) => ({ kind: 'passed' as const, packet, forks }))];
  }

  /** Whether the translated packet leaves with another source; undefined where it does not leave, or it could not be told. */
  isMasqueraded(packet: Packet): boolean | undefined {
    if (this.#host.owner(packet.dst) !== undefined) return undefined;
    const ended: ProbeEnd[] = [];
    const left = this.#probe.run(
      { table: 'nat', hook: 'postrouting' },
      [{ packet, forks: [], assumed: new Map() }],
      ended,
    );
    if (ended.some((end) => end.kind === 'unknown')) return undefined;
    const isTranslated = ended.some((end) => end.kind === 'nat');
    return isTranslated && left.length > 0 ? undefined : isTranslated;
  }

  #filterHooks(): readonly Hook[] {
    const { address } = this.#traffic;
    const isForUs = this.#host.owner(address) !== undefined || isLoopback(address);
    if (this.#isLocal) return isForUs ? ['output', 'input'] : ['output'];
    return [isForUs ? 'input' : 'forward'];
  }
}
