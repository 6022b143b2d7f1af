/** Asks the evaluator about one packet and one rule set, with everything else as plain as it can be. */
import { ip } from '../../../src/model/address.ts';
import type { CtInfo } from '../../../src/model/flow.ts';
import { forkIds } from '../../../src/model/fork.ts';
import type { Packet } from '../../../src/model/packet.ts';
import { port } from '../../../src/model/packet.ts';
import type { Hook } from '../../../src/model/step.ts';
import { evaluateTable, parseIptablesSave } from '../../../src/netstack/iptables/index.ts';
import type {
  Assumptions,
  NetfilterEnv,
  NetfilterInput,
  NetfilterOutcome,
  PacketMeta,
} from '../../../src/netstack/netfilter/types.ts';

export const CLIENT = { 4: '10.244.1.7', 6: 'fd00:1::7' } as const;
export const WEB = { 4: '10.244.2.9', 6: 'fd00:2::9' } as const;

export interface Asked {
  readonly hook?: Hook;
  readonly packet?: Partial<Packet>;
  readonly ct?: Partial<CtInfo>;
  readonly meta?: Partial<PacketMeta>;
  readonly env?: Partial<NetfilterEnv>;
  readonly assumed?: Assumptions;
}

/** A SYN from a pod to port 80 of another, forwarded. */
export function synOf(family: 4 | 6): Packet {
  return {
    family,
    src: ip(CLIENT[family]),
    dst: ip(WEB[family]),
    protocol: 6,
    sport: { min: 32_768, max: 60_999 },
    dport: port(80),
    tcpFlags: 2,
    mark: 0,
    tos: 0,
    ttl: 63,
    length: family === 4 ? 60 : 80,
    df: true,
  };
}

export function input(
  family: 4 | 6,
  { hook = 'forward', packet, ct, meta, env, assumed = new Map() }: Asked,
): NetfilterInput {
  return {
    hook,
    family,
    packet: { ...synOf(family), ...packet },
    meta: { iif: 'cni0', oif: 'eth0', isBridged: false, pkttype: 'host', isLocal: false, ...meta },
    ct: { state: 'NEW', direction: 'original', isSnat: false, isDnat: false, mark: 0, zone: 0, ...ct },
    env: {
      addressType: () => undefined,
      hasReversePath: () => undefined,
      hasSocket: () => undefined,
      testSet: () => undefined,
      ...env,
    },
    forkIds: forkIds(),
    assumed,
  };
}

/** The text of a table with one base chain; other chains are declared as they are used. */
export function tableText(
  rules: string,
  { table = 'filter', chain = 'FORWARD', policy = 'ACCEPT' }: { table?: string; chain?: string; policy?: string } = {},
): string {
  const lines = rules
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const others = new Set(lines.map((line) => line.split(' ')[1]!).filter((name) => name !== chain));
  return [
    `*${table}`,
    `:${chain} ${policy} [0:0]`,
    ...[...others].map((name) => `:${name} - [0:0]`),
    ...lines,
    'COMMIT',
    '',
  ].join('\n');
}

export function ask(
  rules: string,
  asked: Asked & { readonly family?: 4 | 6; readonly table?: string; readonly policy?: string } = {},
): readonly NetfilterOutcome[] {
  const { family = 4, table = 'filter', policy = 'ACCEPT', hook = 'forward' } = asked;
  const text = tableText(rules, { table, chain: hook.toUpperCase(), policy });
  return evaluateTable(parseIptablesSave(text, 'iptables-nft', family), table, input(family, asked));
}

/** `accept`, `drop (choice 0.5: statistic picks this rule)`. */
export function sayOutcome({ verdict, forks }: NetfilterOutcome): string {
  const what = verdict.kind === 'reject' ? `reject ${verdict.how}` : verdict.kind;
  const why = forks.map(
    ({ cause, probability, label }) =>
      `${cause}${probability === undefined ? '' : ` ${Number(probability.toFixed(3))}`}: ${label}`,
  );
  return why.length === 0 ? what : `${what} (${why.join('; ')})`;
}
