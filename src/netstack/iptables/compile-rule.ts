/** Reads one rule's words into its header conditions, matches and target. */
import type { Family } from '../../model/address.ts';
import type { AddressMask } from './address-mask.ts';
import { parseAddressMask } from './address-mask.ts';
import type { InterfaceTest } from './interface.ts';
import { interfaceTest } from './interface.ts';
import type { Match, MatchTest } from './match.ts';
import { MATCHES } from './matches/index.ts';
import type { Options } from './options.ts';
import { readOptions } from './options.ts';
import { protocolNumber } from './protocols.ts';
import type { CompiledTarget } from './target.ts';
import { NOTHING } from './target.ts';
import { TARGETS } from './targets/index.ts';
import type { Rule } from './types.ts';
import { splitWords } from './words.ts';

/** A condition on the IP header or the interface, with its negation. */
export interface Condition<T> {
  readonly value: T;
  readonly isInverted: boolean;
}

/** What a rule asks before its matches. Every field is always there: rules are many, and the engine likes them all of one shape. */
export interface Header {
  src: Condition<AddressMask> | undefined;
  dst: Condition<AddressMask> | undefined;
  protocol: Condition<number> | undefined;
  iif: InterfaceCondition | undefined;
  oif: InterfaceCondition | undefined;
  /** `-f`: no packet that is walked is a later fragment. */
  fragment: Condition<true> | undefined;
}

export interface InterfaceCondition extends Condition<InterfaceTest> {
  readonly pattern: string;
}

export interface CompiledRule extends CompiledTarget {
  readonly rule: Rule;
  readonly header: Header;
  /** In the rule's order, those that always hold (comments) left out. */
  readonly matches: readonly Match[];
  /** Names of the matches as they stand after `-m`, comments included. */
  readonly modules: readonly string[];
  /** Options of the matches by name, for the index. */
  readonly options: ReadonlyMap<string, Options>;
}

export interface RuleContext {
  readonly family: Family;
  hasChain(name: string): boolean;
}

/** Never throws: what is not understood becomes a match or a target that is unsupported. */
export function compileRule(rule: Rule, context: RuleContext): CompiledRule {
  const words = splitWords(rule.raw);
  const draft: Draft = { header: emptyHeader(), matches: [], options: new Map(), modules: [], target: { target: NOTHING, effect: 'continue' } };
  for (let at = 2; at < words.length; ) at = readPart(words, at, draft, context);
  const matches = draft.matches.length > MOST_MATCHES ? [unsupported(`${draft.matches.length} matches`)] : draft.matches;
  return { rule, header: draft.header, matches, options: draft.options, modules: draft.modules, ...draft.target };
}

/** A walk keeps what it knows of each match in one bit of a number. */
const MOST_MATCHES = 31;

function emptyHeader(): Header {
  return { src: undefined, dst: undefined, protocol: undefined, iif: undefined, oif: undefined, fragment: undefined };
}

interface Draft {
  readonly header: Header;
  readonly matches: Match[];
  readonly options: Map<string, Options>;
  readonly modules: string[];
  target: CompiledTarget;
}

/** Reads what begins at `at` and returns the index after it. */
function readPart(words: readonly string[], at: number, draft: Draft, context: RuleContext): number {
  const isInverted = words[at] === '!';
  const flag = words[isInverted ? at + 1 : at] ?? '';
  const valueAt = at + (isInverted ? 2 : 1);
  const value = words[valueAt];
  if (flag === '-m' && value !== undefined) return readMatch(words, valueAt, draft, context);
  if (flag === '-j' && value !== undefined) return readTarget(words, valueAt, draft, context);
  if (flag === '-g' && value !== undefined) {
    draft.target = { target: { kind: 'goto', chain: value }, effect: `goto ${value}` };
    return valueAt + 1;
  }
  if (flag === '-f') {
    draft.header.fragment = { value: true, isInverted };
    return valueAt;
  }
  if (flag.startsWith('--')) return readImplicit(words, at, draft, context);
  if (value === undefined || !readHeader(flag, value, isInverted, draft.header)) {
    draft.matches.push(unsupported(words.slice(at, valueAt + 1).join(' ')));
  }
  return valueAt + 1;
}

function readHeader(flag: string, text: string, isInverted: boolean, header: Header): boolean {
  switch (flag) {
    case '-s':
    case '-d': {
      const value = parseAddressMask(text);
      if (value === undefined) return false;
      header[flag === '-s' ? 'src' : 'dst'] = { value, isInverted };
      return true;
    }
    case '-i':
    case '-o':
      header[flag === '-i' ? 'iif' : 'oif'] = { value: interfaceTest(text), pattern: text, isInverted };
      return true;
    case '-p': {
      const value = protocolNumber(text);
      if (value === undefined) return false;
      if (value !== 0 || isInverted) header.protocol = { value, isInverted };
      return true;
    }
    default:
      return false;
  }
}

function readMatch(words: readonly string[], nameAt: number, draft: Draft, context: RuleContext): number {
  const name = words[nameAt]!;
  const module = Object.hasOwn(MATCHES, name) ? MATCHES[name] : undefined;
  const { options, next } = readOptions(words, nameAt + 1, module?.options ?? 'any');
  const raw = `-m ${words.slice(nameAt, next).join(' ')}`;
  draft.modules.push(name);
  const test = options === undefined ? undefined : module?.compile(options, { family: context.family });
  if (test !== undefined && alwaysHolds(name, options, draft.header)) return next;
  if (options !== undefined) draft.options.set(name, options);
  // Only a match of one option is negated as a whole.
  const isNegated = options?.size === 1 && [...options.values()][0]!.isInverted;
  const question = isNegated ? raw.replace(' ! ', ' ') : raw;
  draft.matches.push(test === undefined ? unsupported(raw) : { name, raw, question, isNegated, memory: module!.memory ?? 'never', test });
  return next;
}

/** A comment, or `-m tcp` after `-p tcp` with nothing more asked. */
function alwaysHolds(name: string, options: Options | undefined, { protocol }: Header): boolean {
  if (name === 'comment') return true;
  return options?.size === 0 && protocol !== undefined && !protocol.isInverted && protocolNumber(name) === protocol.value;
}

/** `-p tcp --dport 80` with no `-m tcp`, as people write it. */
function readImplicit(words: readonly string[], at: number, draft: Draft, context: RuleContext): number {
  const protocol = words[words.indexOf('-p') + 1] ?? '';
  const name = protocol === 'ipv6-icmp' ? 'icmp6' : protocol;
  if (words.includes('-p') && Object.hasOwn(MATCHES, name) && !draft.options.has(name)) {
    return readMatch([...words.slice(0, at - 1), name, ...words.slice(at)], at - 1, draft, context);
  }
  const { next } = readOptions(words, at, 'any');
  draft.matches.push(unsupported(words.slice(at, next).join(' ')));
  return next;
}

function unsupported(raw: string): Match {
  return { name: 'unsupported', raw, question: raw, isNegated: false, memory: 'never', test: notKnown };
}

const notKnown: MatchTest = () => undefined;

function readTarget(words: readonly string[], nameAt: number, draft: Draft, context: RuleContext): number {
  const name = words[nameAt]!;
  if (context.hasChain(name)) {
    draft.target = { target: { kind: 'jump', chain: name }, effect: `-> ${name}` };
    return nameAt + 1;
  }
  const module = Object.hasOwn(TARGETS, name) ? TARGETS[name] : undefined;
  const { options, next } = readOptions(words, nameAt + 1, module?.options ?? 'any');
  const compiled = options === undefined ? undefined : module?.compile(options, { family: context.family });
  const raw = `-j ${words.slice(nameAt, next).join(' ')}`;
  draft.target = compiled ?? { target: { kind: 'unsupported', raw }, effect: raw };
  return next;
}
