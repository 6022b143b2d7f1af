/** Reads one rule's words into its header conditions, matches and target. */
import type { Family } from '../../model/address.ts';
import type { AddressCondition } from './address-mask.ts';
import type { InterfaceCondition } from './interface.ts';
import { parseInterface } from './interface.ts';
import type { Match, MatchTest } from './match.ts';
import { MATCHES } from './matches/index.ts';
import type { Options } from './options.ts';
import { readOptions } from './options.ts';
import { protocolNumber } from './protocols.ts';
import type { CompiledTarget } from './target.ts';
import { NOTHING } from './target.ts';
import { TARGETS } from './targets/index.ts';
import type { ReadMatch, SharedParts } from './shared-parts.ts';
import type { Rule } from './types.ts';
import { splitWords } from './words.ts';

/**
 * What a rule asks before its matches. `-f` is no part of it: see {@link compileRule}. Every field is always there: rules
 * are many, and the engine likes them all of one shape.
 */
export interface Header {
  readonly dst: AddressCondition | undefined;
  readonly src: AddressCondition | undefined;
  readonly protocol: number | undefined;
  readonly isProtocolInverted: boolean;
  readonly iif: InterfaceCondition | undefined;
  readonly oif: InterfaceCondition | undefined;
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
  /** One for all rules of a table. */
  readonly shared: SharedParts;
}

/** Never throws: what is not understood becomes a match or a target that is unsupported. */
export function compileRule(rule: Rule, context: RuleContext): CompiledRule {
  const words = splitWords(rule.raw);
  const draft: Draft = {
    header: emptyHeader(),
    matches: [],
    options: new Map(),
    modules: [],
    target: { target: NOTHING, effect: 'continue' },
  };
  for (let at = 2; at < words.length;) at = readPart(words, at, draft, context);
  const matches =
    draft.matches.length > MOST_MATCHES ? [unsupported(`${draft.matches.length} matches`)] : draft.matches;
  return {
    rule,
    header: draft.header,
    matches: context.shared.list(matches),
    options: draft.options,
    modules: draft.modules,
    ...draft.target,
  };
}

/** A walk keeps what it knows of each match in one bit of a number. */
const MOST_MATCHES = 31;

type OpenHeader = { -readonly [K in keyof Header]: Header[K] };

function emptyHeader(): OpenHeader {
  return {
    dst: undefined,
    src: undefined,
    protocol: undefined,
    isProtocolInverted: false,
    iif: undefined,
    oif: undefined,
  };
}

interface Draft {
  readonly header: OpenHeader;
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
    // No packet that is walked is a later fragment.
    if (!isInverted) draft.matches.push({ ...unsupported('-f'), name: 'fragment', test: () => false });
    return valueAt;
  }
  if (flag.startsWith('--')) return readImplicit(words, at, draft, context);
  if (value === undefined || !readHeader(flag, value, isInverted, { header: draft.header, shared: context.shared })) {
    draft.matches.push(unsupported(words.slice(at, valueAt + 1).join(' ')));
  }
  return valueAt + 1;
}

/** False where the value is not understood. */
function readHeader(
  flag: string,
  text: string,
  isInverted: boolean,
  { header, shared }: { readonly header: OpenHeader; readonly shared: SharedParts },
): boolean {
  switch (flag) {
    case '-s':
      return (header.src = shared.address(text, isInverted)) !== undefined;
    case '-d':
      return (header.dst = shared.address(text, isInverted)) !== undefined;
    case '-i':
      header.iif = parseInterface(text, isInverted);
      return true;
    case '-o':
      header.oif = parseInterface(text, isInverted);
      return true;
    case '-p': {
      const protocol = protocolNumber(text);
      // 0 is `all`.
      if (protocol === 0 && !isInverted) return true;
      header.protocol = protocol;
      header.isProtocolInverted = isInverted;
      return protocol !== undefined;
    }
    default:
      return false;
  }
}

function readMatch(words: readonly string[], nameAt: number, draft: Draft, context: RuleContext): number {
  const name = words[nameAt]!;
  const module = Object.hasOwn(MATCHES, name) ? MATCHES[name] : undefined;
  const { options, next } = readOptions(words, nameAt + 1, module?.options ?? 'any');
  draft.modules.push(name);
  if (alwaysHolds(name, options, draft.header)) return next;
  const own = words.slice(nameAt, next);
  const read = context.shared.match(own, () => compileMatch(name, own, options, context));
  if (read.options !== undefined) draft.options.set(name, read.options);
  if (read.match !== undefined) draft.matches.push(read.match);
  return next;
}

function compileMatch(
  name: string,
  words: readonly string[],
  options: Options | undefined,
  { family }: RuleContext,
): ReadMatch {
  const raw = `-m ${words.join(' ')}`;
  const module = Object.hasOwn(MATCHES, name) ? MATCHES[name] : undefined;
  const test = options === undefined ? undefined : module?.compile(options, { family });
  if (test === undefined) return { match: unsupported(raw), options };
  // Only a match of one option is negated as a whole.
  const isNegated = options?.size === 1 && [...options.values()][0]!.isInverted;
  const question = isNegated ? raw.replace(' ! ', ' ') : raw;
  const { memory = 'never', mayDrop } = module ?? {};
  const dropping = mayDrop === undefined ? {} : { mayDrop };
  return { match: { name, raw, question, isNegated, memory, test, ...dropping }, options };
}

/** A comment, or `-m tcp` after `-p tcp` with nothing more asked. */
function alwaysHolds(name: string, options: Options | undefined, { protocol, isProtocolInverted }: Header): boolean {
  if (name === 'comment') return options?.size === 1;
  return TRANSPORTS.has(name) && options?.size === 0 && !isProtocolInverted && protocolNumber(name) === protocol;
}

const TRANSPORTS = new Set(['tcp', 'udp', 'udplite', 'sctp', 'dccp']);

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
