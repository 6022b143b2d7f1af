/** One thing that happened to a packet inside a namespace, in order, with what decided it. */
import type { Evidence } from './evidence.ts';

/** Netfilter hooks of the IP families, in the kernel's own words. */
/** Where rules see a packet; `ingress` and `egress` are a device's own. */
export type Hook = 'ingress' | 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting' | 'egress';

export type Stage =
  | 'device'
  | 'bridge'
  | 'vlan'
  | 'tunnel'
  | 'tc'
  | 'conntrack'
  | 'netfilter'
  | 'nat'
  | 'route'
  | 'source-check'
  | 'forward'
  | 'neighbour'
  | 'mtu'
  | 'socket'
  | 'note';

/** A step other than a rule. `detail` is one short line for people. */
export interface PlainStep {
  readonly kind: 'step';
  readonly stage: Stage;
  readonly detail: string;
  readonly evidence?: readonly Evidence[];
}

export type RuleSet = 'iptables-legacy' | 'iptables-nft' | 'nft' | 'ipvs';

/** A netfilter rule that matched, or a chain's policy that applied. Kept small: a busy packet has many. */
export interface RuleStep {
  readonly kind: 'rule';
  readonly ruleSet: RuleSet;
  readonly family: 4 | 6;
  readonly hook: Hook;
  readonly table: string;
  readonly chain: string;
  /** 1-based position in its chain, as `iptables -L --line-numbers` counts; 0 is the chain's policy. */
  readonly number: number;
  /** The rule as its save tool prints it, without counters; for a policy `-P CHAIN POLICY`. */
  readonly raw: string;
  /** What it did: `ACCEPT`, `DROP`, `-> KUBE-SERVICES`, `RETURN`, `MARK 0x4000/0x4000`, `DNAT 10.77.0.2:8080`, `continue`. */
  readonly effect: string;
  /** Set where it is not known whether the rule matched; the walk forked here. */
  readonly assumed?: boolean;
  /** Of native nftables rules: the family of their table, and their handle. */
  readonly tableFamily?: string;
  readonly handle?: number;
}

export type Step = PlainStep | RuleStep;

export function step(stage: Stage, detail: string, ...evidence: Evidence[]): PlainStep {
  return evidence.length > 0 ? { kind: 'step', stage, detail, evidence } : { kind: 'step', stage, detail };
}
