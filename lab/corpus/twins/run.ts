/** Asks both evaluators about each pair of the translation tests: the same packets must come to the same end by both rules. */
import { Random } from '../../fuzz/random.ts';
import type { Hook } from '../../../src/model/step.ts';
import { evaluateTable, parseIptablesSave } from '../../../src/netstack/iptables/index.ts';
import type { NetfilterInput } from '../../../src/netstack/netfilter/types.ts';
import { baseChainsOf, evaluateBaseChain, parseNftJson } from '../../../src/netstack/nftables/index.ts';
import { parseNftText } from '../../../src/netstack/nftables/parse-text.ts';
import type { RuleSet } from '../../../src/netstack/nftables/types.ts';
import { axesOf } from './axes.ts';
import type { Axes, Choice } from './axes.ts';
import { compare, endsOf, say } from './ends.ts';
import type { Ends } from './ends.ts';
import { loadTwins } from './load.ts';
import type { Listed } from './load.ts';
import { NOT_TWINS } from './not-twins.ts';
import { questionOf } from './question.ts';
import type { Twin } from './suite.ts';

export interface TwinsResult {
  readonly pairs: number;
  /** Pairs that both tools take and list here. */
  readonly loaded: number;
  readonly packets: number;
  /** Pairs whose packets all come to the same end by both rules. */
  readonly same: number;
  /** Pairs whose rules are not the same, by a difference that is documented. */
  readonly notTwins: number;
  /** Pairs for which one of them leaves open what the other says. */
  readonly open: number;
  /** Pairs in which no packet that was tried is told from another. */
  readonly untold: number;
  readonly exceptions: readonly string[];
  readonly differences: readonly string[];
}

const RANDOM_PACKETS = 400;

export function runTwins(twins: readonly Twin[]): TwinsResult {
  const listed = loadTwins(twins);
  const result = { packets: 0, same: 0, open: 0, notTwins: 0, untold: 0, loaded: 0 };
  const exceptions: string[] = [];
  const differences: string[] = [];
  for (const [i, twin] of twins.entries()) {
    const missing = whyMissing(listed[i]!);
    if (missing !== undefined) {
      exceptions.push(`${twin.place}: ${missing}`);
      continue;
    }
    result.loaded++;
    const pair = judgePair(twin, listed[i]!, Random.ofCase(1, i));
    result.packets += pair.packets;
    if (pair.isUntold) result.untold++;
    const reason = NOT_TWINS[twin.place];
    if (reason !== undefined) {
      // One that no packet shows any more is to go.
      if (pair.different === undefined) differences.push(`${twin.place}: no packet shows that ${reason}`);
      else exceptions.push(`${twin.place}: not the same rule: ${reason}`);
      result.notTwins++;
    } else if (pair.different !== undefined) differences.push(`${twin.place}: ${pair.different}`);
    else if (pair.open !== undefined) {
      result.open++;
      exceptions.push(`${twin.place}: ${pair.open}`);
    } else result.same++;
  }
  return { pairs: twins.length, ...result, exceptions, differences };
}

function whyMissing({ saved, text, json, refusal }: Listed): string | undefined {
  if (refusal !== undefined) return `not taken here: ${refusal.trim().split('\n')[0]}`;
  if (saved === undefined || saved === '') return 'not taken here';
  return text === '' || json === '' || text === undefined || json === undefined
    ? "nft can't list its own rule"
    : undefined;
}

interface Pair {
  readonly packets: number;
  readonly isUntold: boolean;
  readonly different?: string;
  readonly open?: string;
}

type Evaluator = (input: NetfilterInput) => Ends;

function judgePair(twin: Twin, { saved, text, json }: Listed, random: Random): Pair {
  const axes = axesOf(twin);
  const hook = twin.chain.toLowerCase() as Hook;
  const asked: Readonly<Record<string, Evaluator>> = {
    iptables: byIptables(twin, saved!),
    'nft text': byNftables(parseNftText(text!)),
    'nft json': byNftables(parseNftJson(json!)),
  };
  const [first, ...others] = Object.entries(asked);
  const seen = new Map<string, Choice>();
  let packets = 0;
  let open: string | undefined;
  let different: string | undefined;
  const ask = (choice: Choice): void => {
    packets++;
    const input = questionOf(choice, hook);
    const ours = first![1](input);
    const words = say(ours);
    if (!seen.has(words)) seen.set(words, choice);
    for (const [name, evaluator] of others) {
      const theirs = evaluator(questionOf(choice, hook));
      const comparison = compare(ours, theirs);
      const what = `iptables: ${words}; ${name}: ${say(theirs)}`;
      if (comparison === 'different') different ??= `${what} for ${describe(input)}`;
      if (comparison === 'open') open ??= what;
    }
  };
  const base = Object.fromEntries(Object.entries(axes).map(([key, values]) => [key, values[0]])) as unknown as Choice;
  for (const choice of around(base, axes)) ask(choice);
  for (let i = 0; i < RANDOM_PACKETS; i++) ask(randomChoice(axes, random));
  // Where chance found what the likely packet is not, its neighbours are tried too.
  for (const choice of [...seen.values()].slice(1, 3)) for (const one of around(choice, axes)) ask(one);
  return {
    packets,
    isUntold: seen.size === 1,
    ...(different !== undefined && { different }),
    ...(open !== undefined && { open }),
  };
}

/** A packet, and all that differ from it in one property. */
function* around(base: Choice, axes: Axes): Generator<Choice> {
  yield base;
  for (const [key, values] of Object.entries(axes)) for (const value of values) yield { ...base, [key]: value };
}

function randomChoice(axes: Axes, random: Random): Choice {
  // The likely value half of the time, or rules that ask for several things would never match.
  const pick = <T>(values: readonly T[]): T => (random.chance(0.5) ? values[0]! : random.pick(values));
  return Object.fromEntries(
    Object.entries(axes).map(([key, values]) => [key, pick<unknown>(values)]),
  ) as unknown as Choice;
}

function byIptables({ table, family }: Twin, saved: string): Evaluator {
  const rules = parseIptablesSave(saved, 'iptables-nft', family);
  return (input) => endsOf(evaluateTable(rules, table, input), input.packet, input.ct);
}

function byNftables(rules: RuleSet): Evaluator {
  const [chain] = baseChainsOf(rules);
  return (input) => endsOf(evaluateBaseChain(chain!, input), input.packet, input.ct);
}

function describe({ packet, meta, ct }: NetfilterInput): string {
  const { src, dst, protocol, sport, dport, icmpType, icmpCode, tcpFlags, mark, tos, ttl, length } = packet;
  const icmp = icmpType === undefined ? '' : ` icmp ${icmpType}/${icmpCode}`;
  const ports = `${src.text}:${sport.min} > ${dst.text}:${dport.min}`;
  return `${ports} protocol ${protocol}${icmp} flags ${tcpFlags} mark ${mark} tos ${tos} ttl ${ttl} length ${length} ${meta.iif ?? ''}>${meta.oif ?? ''} ${ct.state} ${ct.direction}`;
}
