/** Puts a synthetic first packet to a namespace's own tables, so that rules are judged by what they do and not by their names. */
import type { IP } from '../model/address.ts';
import { assertNever } from '../model/assert-never.ts';
import type { Evidence } from '../model/evidence.ts';
import type { CtInfo } from '../model/flow.ts';
import { forkIds } from '../model/fork.ts';
import type { Fork } from '../model/fork.ts';
import { port as onePort, PROTOCOL, TCP_FLAG } from '../model/packet.ts';
import type { Packet } from '../model/packet.ts';
import type { Hook } from '../model/step.ts';
import type { IPTables } from '../netstack/iptables/index.ts';
import type { NetNS } from '../netstack/netns.ts';
import { nftFamilies } from '../netstack/netfilter/hooks.ts';
import { baseChainsAt, type BaseChain } from '../netstack/nftables/index.ts';
import type { Assumptions, NatRequest, NetfilterInput, NetfilterOutcome } from '../netstack/netfilter/types.ts';
import { environment } from '../netstack/walk/environment.ts';
import { evaluateRules, type RulePart } from '../netstack/walk/rule-part.ts';

interface Reached {
  readonly packet: Packet;
  readonly by?: Evidence;
  readonly forks: readonly Fork[];
}

/** How one way through the tables ended. */
export type ProbeEnd = Reached &
  (
    | { readonly kind: 'nat'; readonly request: NatRequest }
    | { readonly kind: 'drop' | 'reject' }
    | { readonly kind: 'unknown'; readonly reason: string }
  );

/** A packet that no rule has ended so far. */
export interface ProbePacket {
  readonly packet: Packet;
  readonly forks: readonly Fork[];
  readonly assumed: Assumptions;
}

export interface ProbeStart {
  readonly host: NetNS;
  readonly rules: readonly IPTables[];
  readonly packet: Packet;
  /** Made by this namespace itself. */
  readonly isLocal: boolean;
  /** Leaves native nftables rules out. */
  readonly isIptablesAlone?: true;
  /** Ingress device; found by the route back to the source where absent. */
  readonly iif?: string;
}

/**
 * Which rules: the tables of iptables of this name and the chains of nftables that stand for it; `before-nat` are those
 * chains that see a packet before its destination is translated.
 */
export interface ProbePlace {
  readonly table: 'nat' | 'filter' | 'before-nat';
  readonly hook: Hook;
}

/** NF_IP_PRI_NAT_DST */
const NAT_DST = -100;

export class RuleProbe {
  readonly #start: ProbeStart;
  readonly #ids = forkIds();
  readonly #iif: string | undefined;

  constructor(start: ProbeStart) {
    this.#start = start;
    this.#iif = start.isLocal ? undefined : (start.iif ?? this.#deviceTo(start.packet.src));
  }

  first(): ProbePacket {
    return { packet: this.#start.packet, forks: [], assumed: new Map() };
  }

  /** Passes packets through the rules at the place; what ends goes to `ended`. */
  run(at: ProbePlace, from: readonly ProbePacket[], ended: ProbeEnd[]): readonly ProbePacket[] {
    let open = from;
    for (const part of this.#partsAt(at)) {
      const next: ProbePacket[] = [];
      for (const one of open) {
        for (const outcome of evaluateRules(part, this.#input(at.hook, one))) {
          const forks = [...one.forks, ...outcome.forks];
          const end = endOf(outcome, forks, at.table);
          if (end === undefined) next.push({ packet: outcome.packet, forks, assumed: outcome.assumed });
          else ended.push(end);
        }
      }
      open = next;
    }
    return open;
  }

  #partsAt({ table, hook }: ProbePlace): readonly RulePart[] {
    const { host, rules, packet, isIptablesAlone } = this.#start;
    const tables = table === 'before-nat' ? [] : rules.map((one): RulePart => ({ kind: 'table', rules: one, table }));
    const found = baseChainsAt(host, nftFamilies(packet.family), hook);
    if (isIptablesAlone === true || !found.ok) return tables;
    const isDstHook = hook === 'prerouting' || hook === 'output';
    const stands = ({ type, priority }: BaseChain): boolean => {
      if (table === 'nat' || type === 'nat') return table === 'nat' && type === 'nat';
      return (isDstHook && priority < NAT_DST) === (table === 'before-nat');
    };
    const chains = found.value.filter(stands).toSorted((x, y) => x.priority - y.priority);
    return [...tables, ...chains.map((chain): RulePart => ({ kind: 'chain', chain }))];
  }

  #input(hook: Hook, { packet, assumed }: ProbePacket): NetfilterInput {
    const { isLocal, host } = this.#start;
    const hasOif = hook === 'output' || hook === 'postrouting' || hook === 'forward';
    const oif = hasOif ? this.#deviceTo(packet.dst) : undefined;
    const hasIif = hook === 'prerouting' || hook === 'input' || hook === 'forward';
    const iif = hasIif ? (isLocal ? 'lo' : this.#iif) : undefined;
    const devices = { ...(iif === undefined ? {} : { iif }), ...(oif === undefined ? {} : { oif }) };
    return {
      hook,
      family: packet.family,
      packet,
      assumed,
      meta: { ...devices, isBridged: false, pkttype: 'host', isLocal },
      ct: this.#connection(packet),
      env: environment(host),
      forkIds: this.#ids,
      isUnseen: true,
    };
  }

  /** A new connection; translated as far as the packet differs from the one that was sent. */
  #connection(packet: Packet): CtInfo {
    const { src, dst, protocol, sport, dport } = this.#start.packet;
    return {
      state: 'NEW',
      direction: 'original',
      original: { src, dst, protocol, sport, dport },
      reply: { src: packet.dst, dst: src, protocol, sport: packet.dport, dport: sport },
      isSnat: false,
      isDnat: packet.dst.text !== dst.text || packet.dport.min !== dport.min,
      mark: 0,
      zone: 0,
    };
  }

  #deviceTo(ip: IP): string | undefined {
    const router = this.#start.host.router;
    if (!router.ok) return undefined;
    const { protocol, sport, dport } = this.#start.packet;
    return router.value.lookup({ dst: ip, iif: 'lo', mark: 0, tos: 0, protocol, sport, dport })[0]?.dev;
  }
}

/** The first packet of a new flow: a SYN, or one datagram. `protocol` is the IP protocol number. */
export function firstPacket(flow: {
  readonly src: IP;
  readonly dst: IP;
  readonly protocol: number;
  readonly port: number;
}): Packet {
  return {
    family: flow.dst.family,
    src: flow.src,
    dst: flow.dst,
    protocol: flow.protocol,
    sport: { min: 32_768, max: 60_999 },
    dport: onePort(flow.port),
    tcpFlags: flow.protocol === PROTOCOL.tcp ? TCP_FLAG.syn : 0,
    mark: 0,
    tos: 0,
    ttl: 64,
    length: 60,
    df: true,
  };
}

function endOf(outcome: NetfilterOutcome, forks: readonly Fork[], table: string): ProbeEnd | undefined {
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
    default:
      return assertNever(verdict);
  }
}
