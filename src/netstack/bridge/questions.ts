/** Whether nftables' chains of family bridge may drop a question for a neighbour, or its answer: ARP, or IPv6's packets of it. */
import type { Family } from '../../model/address.ts';
import type { Evidence } from '../../model/evidence.ts';
import type { NetNS } from '../netns.ts';
import { baseChainsAt, chainEvidence, type BaseChain } from '../nftables/index.ts';
import { perNamespace } from '../per-namespace.ts';
import type { Expr, Rule, RuleSet } from '../nftables/types.ts';

const HOOKS = ['prerouting', 'input', 'forward', 'output', 'postrouting'] as const;

/** Headers that an ARP packet has. */
const OF_ARP = new Set(['ether', 'arp', 'vlan']);
/** Headers that no packet of neighbour discovery has. */
const NOT_OF_DISCOVERY = new Set(['ip', 'arp', 'tcp', 'udp', 'udplite', 'sctp', 'dccp', 'icmp']);

/** The chain that may; what is not sure to let them pass counts. */
export function dropsQuestions(ns: NetNS, family: Family): Evidence | undefined {
  return found[family](ns);
}

const found = { 4: perNamespace((ns) => find(ns, 4)), 6: perNamespace((ns) => find(ns, 6)) } as const;

function find(ns: NetNS, family: Family): Evidence | undefined {
  const { nftables } = ns;
  if (!nftables.ok) return undefined;
  for (const hook of HOOKS) {
    const chains = baseChainsAt(ns, ['bridge'], hook);
    const chain = chains.ok
      ? chains.value.find((each) => chainDropsQuestions(nftables.value, each, family))
      : undefined;
    if (chain !== undefined) return chainEvidence(chain);
  }
  return undefined;
}

/** Whether a chain that sees questions and answers may drop one. */
export function chainDropsQuestions({ tables }: RuleSet, chain: BaseChain, family: Family): boolean {
  if (chain.isPassing) return false;
  const table = tables.find((one) => one.family === chain.table.family && one.name === chain.table.name);
  const own = table?.chains.get(chain.name);
  if (table === undefined || own === undefined || chain.unreadable !== undefined) return true;
  if (passesFirst(own.rules, family)) return false;
  const rules = [...table.chains.values()].flatMap((one) => one.rules);
  return own.base?.policy !== 'accept' || rules.some((rule) => mayDrop(rule, family));
}

/** A rule accepts all questions and answers before another can do anything to them. */
function passesFirst(rules: readonly Rule[], family: Family): boolean {
  for (const { statements } of rules) {
    const last = statements.at(-1);
    const tests = statements.slice(0, -1).filter(({ kind }) => kind !== 'quiet' && kind !== 'counted');
    const isSure = tests.every(
      (one) => one.kind === 'match' && one.op === '==' && isQuestion(one.left, one.right, family),
    );
    if (last?.kind === 'verdict' && last.verdict.kind === 'accept' && isSure) return true;
    const isPassedBy = statements.some(
      (one) => one.kind === 'match' && one.op === '==' && isOther(one.left, one.right, family),
    );
    const isAccept = last?.kind === 'verdict' && last.verdict.kind === 'accept';
    if (!isPassedBy && !isAccept) return false;
  }
  return false;
}

/** The match asks for what every question and answer is. */
function isQuestion(left: Expr, right: Expr, family: Family): boolean {
  const isType =
    (left.kind === 'meta' && left.key === 'protocol') ||
    (left.kind === 'payload' && left.protocol === 'ether' && left.field === 'type');
  if (isType) return right.kind === 'number' && right.value === ETHER_TYPE[family];
  if (family === 4) return false;
  if (left.kind === 'meta' && left.key === 'l4proto') return right.kind === 'number' && right.value === ICMPV6;
  if (left.kind !== 'payload' || left.protocol !== 'icmpv6' || left.field !== 'type' || right.kind !== 'set')
    return false;
  const types = new Set(right.elements.map(({ key }) => (key.kind === 'number' ? key.value : undefined)));
  return DISCOVERY.every((type) => types.has(type));
}

/** Neighbour solicitation and advertisement. */
const DISCOVERY = [135, 136] as const;

/** Wherever the rule is called from. */
function mayDrop({ statements }: Rule, family: Family): boolean {
  for (const statement of statements) {
    switch (statement.kind) {
      case 'match':
        if (statement.op === '==' && isOther(statement.left, statement.right, family)) return false;
        continue;
      case 'quiet':
      case 'counted':
        continue;
      case 'mangle':
        // another hop limit is that of a packet from elsewhere (ndisc_rcv), and so on
        if (statement.key.kind === 'raw-payload') return true;
        if (statement.key.kind === 'payload' && !isOther(statement.key, ANY, family)) return true;
        continue;
      case 'verdict':
        return statement.verdict.kind === 'drop';
      default:
        return true;
    }
  }
  return false;
}

/** The match asks for what a question never is. */
function isOther(left: Expr, right: Expr, family: Family): boolean {
  if (left.kind === 'concat') return left.parts.some((part) => isOther(part, ANY, family));
  if (left.kind === 'payload') {
    if (left.protocol === 'ether' && left.field === 'type') return isOtherType(right, family);
    return family === 4 ? !OF_ARP.has(left.protocol) : NOT_OF_DISCOVERY.has(left.protocol);
  }
  if (left.kind !== 'meta') return false;
  if (left.key === 'protocol') return isOtherType(right, family);
  if (left.key !== 'l4proto') return false;
  return family === 4 || (right.kind === 'number' && right.value !== ICMPV6);
}

const ANY: Expr = { kind: 'any' };
const ICMPV6 = 58;
const ETHER_TYPE = { 4: 0x0806, 6: 0x86dd } as const;

function isOtherType(right: Expr, family: Family): boolean {
  return right.kind === 'number' && right.value !== ETHER_TYPE[family];
}
