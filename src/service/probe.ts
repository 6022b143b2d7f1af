/** One synthetic first packet, and what a node's nat and filter tables do with it. */
import type { IP } from '../model/address.ts';
import { isLoopback } from '../model/address.ts';
import type { Evidence } from '../model/evidence.ts';
import type { CtInfo } from '../model/flow.ts';
import { forkIds } from '../model/fork.ts';
import type { Fork } from '../model/fork.ts';
import { TCP_FLAG, port as onePort, PROTOCOL } from '../model/packet.ts';
import type { Packet } from '../model/packet.ts';
import type { Hook } from '../model/step.ts';
import { evaluateTable } from '../netstack/iptables/index.ts';
import type { IPTables } from '../netstack/iptables/index.ts';
import type { NetNS } from '../netstack/netns.ts';
import { environment } from '../netstack/walk/environment.ts';
import type { Assumptions, NatRequest, NetfilterOutcome } from '../netstack/netfilter/types.ts';
import { transportNumber } from '../k8s/index.ts';
import type { ServiceTraffic } from './traffic.ts';

interface Reached {
  readonly packet: Packet;
  readonly by?: Evidence;
  readonly forks: readonly Fork[];
}

export type ProbeOutcome = Reached &
  (
    | { readonly kind: 'nat'; readonly request: NatRequest }
    | { readonly kind: 'drop' | 'reject' | 'passed' }
    | { readonly kind: 'unknown'; readonly reason: string }
  );

interface Open {
  readonly packet: Packet;
  readonly forks: readonly Fork[];
  readonly assumed: Assumptions;
}

export class Probe {
  readonly #host: NetNS;
  readonly #rules: readonly IPTables[];
  readonly #traffic: ServiceTraffic;
  readonly #ids = forkIds();
  readonly #isLocal: boolean;
  readonly #iif: string | undefined;

  constructor(host: NetNS, rules: readonly IPTables[], traffic: ServiceTraffic) {
    this.#host = host;
    this.#rules = rules;
    this.#traffic = traffic;
    this.#isLocal = traffic.source.kind === 'node';
    this.#iif = this.#isLocal ? undefined : (traffic.source.iif ?? this.#deviceTo(traffic.source.ip));
  }

  /** Every way through the destination's nat; what nat leaves alone also through the filter tables that it meets. */
  destination(): readonly ProbeOutcome[] {
    const ended: ProbeOutcome[] = [];
    const start: Open = { packet: this.#packet(), forks: [], assumed: new Map() };
    const open = this.#tables('nat', this.#isLocal ? 'output' : 'prerouting', [start], ended);
    const isForUs = this.#host.owner(this.#traffic.address) !== undefined || isLoopback(this.#traffic.address);
    const hooks: readonly Hook[] = this.#isLocal ? (isForUs ? ['output', 'input'] : ['output']) : [isForUs ? 'input' : 'forward'];
    let left = open;
    for (const hook of hooks) left = this.#tables('filter', hook, left, ended);
    return [...ended, ...left.map(({ packet, forks }): ProbeOutcome => ({ kind: 'passed', packet, forks }))];
  }

  /** Whether the translated packet leaves with another source; undefined where it does not leave, or it could not be told. */
  isMasqueraded(packet: Packet): boolean | undefined {
    if (this.#host.owner(packet.dst) !== undefined) return undefined;
    const ended: ProbeOutcome[] = [];
    const left = this.#tables('nat', 'postrouting', [{ packet, forks: [], assumed: new Map() }], ended);
    if (ended.some((one) => one.kind === 'unknown')) return undefined;
    const isTranslated = ended.some((one) => one.kind === 'nat');
    return isTranslated && left.length > 0 ? undefined : isTranslated;
  }

  /** Passes packets through the table in each back end; what ends goes to `ended`. */
  #tables(table: string, hook: Hook, from: readonly Open[], ended: ProbeOutcome[]): readonly Open[] {
    let open = from;
    for (const rules of this.#rules) {
      const next: Open[] = [];
      for (const one of open) {
        for (const outcome of evaluateTable(rules, table, this.#input(hook, one))) {
          const forks = [...one.forks, ...outcome.forks];
          const end = endOf(outcome, forks, table);
          if (end === undefined) next.push({ packet: outcome.packet, forks, assumed: outcome.assumed });
          else ended.push(end);
        }
      }
      open = next;
    }
    return open;
  }

  #input(hook: Hook, { packet, assumed }: Open) {
    const isOut = hook === 'output' || hook === 'postrouting' || hook === 'forward';
    const oif = isOut ? this.#deviceTo(packet.dst) : undefined;
    const isIn = hook === 'prerouting' || hook === 'input' || hook === 'forward';
    const iif = isIn ? (this.#isLocal ? 'lo' : this.#iif) : undefined;
    return {
      hook, family: packet.family, packet, assumed,
      meta: {
        ...(iif === undefined ? {} : { iif }),
        ...(oif === undefined ? {} : { oif }),
        isBridged: false,
        pkttype: 'host' as const,
        isLocal: this.#isLocal,
      },
      ct: this.#connection(packet),
      env: environment(this.#host),
      forkIds: this.#ids,
    };
  }

  #packet(): Packet {
    const { address, port, protocol, source } = this.#traffic;
    const number = transportNumber(protocol);
    return {
      family: address.family, src: source.ip, dst: address, protocol: number,
      sport: { min: 32_768, max: 60_999 }, dport: onePort(port),
      tcpFlags: number === PROTOCOL.tcp ? TCP_FLAG.syn : 0,
      mark: 0, tos: 0, ttl: 64, length: 60, df: true,
    };
  }

  #connection(packet: Packet): CtInfo {
    const before = this.#packet();
    const { src, dst, protocol, sport, dport } = before;
    return {
      state: 'NEW', direction: 'original',
      original: { src, dst, protocol, sport, dport },
      reply: { src: packet.dst, dst: src, protocol, sport: packet.dport, dport: sport },
      isSnat: false, isDnat: packet.dst.text !== dst.text || packet.dport.min !== dport.min,
      mark: 0, zone: 0,
    };
  }

  #deviceTo(ip: IP): string | undefined {
    const router = this.#host.router;
    if (!router.ok) return undefined;
    const { protocol, sport, dport } = this.#packet();
    const answer = router.value.lookup({ dst: ip, iif: 'lo', mark: 0, tos: 0, protocol, sport, dport })[0];
    return answer?.dev;
  }
}

function endOf(outcome: NetfilterOutcome, forks: readonly Fork[], table: string): ProbeOutcome | undefined {
  const reached = { packet: outcome.packet, forks, ...(outcome.by === undefined ? {} : { by: outcome.by }) };
  const { verdict } = outcome;
  switch (verdict.kind) {
    case 'accept':
      return undefined;
    case 'nat':
      return { ...reached, kind: 'nat', request: verdict.request };
    case 'drop':
    case 'reject':
      return { ...reached, kind: verdict.kind };
    case 'tproxy':
    case 'queue':
      return { ...reached, kind: 'unknown', reason: `${table}: the packet is handed to a program (${verdict.kind})` };
    case 'unknown':
      return { ...reached, kind: 'unknown', reason: verdict.reason };
  }
}
