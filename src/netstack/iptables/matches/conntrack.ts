/** -m conntrack and -m state: the connection that the packet belongs to (conntrack_mt). */
import type { MatchModule, MatchResult, MatchTest, Probe } from '../match.ts';
import { hasConnection, isAssured, isFirstPacket } from '../../netfilter/connection-state.ts';
import type { Option, Options } from '../options.ts';
import { ctAddressTest, ctPortTest, ctProtocolTest } from './ct-tuple.ts';

export const state: MatchModule = {
  options: { '--state': 1 },
  compile(options) {
    const option = options.get('--state');
    return option === undefined ? undefined : stateTest(option);
  },
};

export const conntrack: MatchModule = {
  options: {
    '--ctstate': 1,
    '--ctproto': 1,
    '--ctorigsrc': 1,
    '--ctorigdst': 1,
    '--ctreplsrc': 1,
    '--ctrepldst': 1,
    '--ctorigsrcport': 1,
    '--ctorigdstport': 1,
    '--ctreplsrcport': 1,
    '--ctrepldstport': 1,
    '--ctstatus': 1,
    '--ctexpire': 1,
    '--ctdir': 1,
  },
  memory: 'flow',
  compile(options) {
    const byState = options.get('--ctstate');
    const ofState = byState === undefined ? () => true : stateTest(byState);
    const others = connectionTests(options);
    if (ofState === undefined || others === undefined) return undefined;
    return (probe) => {
      if (ofState(probe) === false) return false;
      // Without a connection only the state is looked at, and a match that does not ask for it fails.
      if (!hasConnection(probe.ct)) return byState !== undefined;
      return every(others, probe);
    };
  },
};

function every(tests: readonly MatchTest[], probe: Probe): MatchResult {
  let sum: MatchResult = true;
  for (const test of tests) {
    const result = test(probe);
    if (result === false) return false;
    if (result === undefined) sum = undefined;
  }
  return sum;
}

const STATES = new Set(['INVALID', 'NEW', 'RELATED', 'ESTABLISHED', 'UNTRACKED', 'SNAT', 'DNAT']);

function stateTest({ values, isInverted }: Option): MatchTest | undefined {
  const names = values[0]!.split(',');
  if (!names.every((name) => STATES.has(name))) return undefined;
  const asked = new Set(names);
  const snat = asked.has('SNAT');
  const dnat = asked.has('DNAT');
  return ({ ct }) => (asked.has(ct.state) || (snat && ct.isSnat) || (dnat && ct.isDnat)) !== isInverted;
}

/** Undefined where an option is not understood. */
function connectionTests(options: Options): readonly MatchTest[] | undefined {
  const tests: MatchTest[] = [];
  for (const [name, option] of options) {
    if (name === '--ctstate') continue;
    const test = compileOption(name, option);
    if (test === undefined) return undefined;
    tests.push(test);
  }
  return tests;
}

function compileOption(name: string, option: Option): MatchTest | undefined {
  switch (name) {
    case '--ctproto':
      return ctProtocolTest(option);
    case '--ctdir':
      return directionTest(option);
    case '--ctstatus':
      return statusTest(option);
    // Time-outs are not part of a walk.
    case '--ctexpire':
      return () => undefined;
    default:
      return name.endsWith('port') ? ctPortTest(name, option) : ctAddressTest(name, option);
  }
}

function directionTest({ values, isInverted }: Option): MatchTest | undefined {
  const asked = values[0]!.toLowerCase();
  if (asked !== 'original' && asked !== 'reply') return undefined;
  return ({ ct }) => (ct.direction === asked) !== isInverted;
}

const STATUSES = ['EXPECTED', 'SEEN_REPLY', 'ASSURED', 'CONFIRMED'] as const;
type Status = (typeof STATUSES)[number];

function statusTest({ values, isInverted }: Option): MatchTest | undefined {
  const names = values[0]!.split(',').filter((name) => name !== 'NONE');
  if (!names.every((name): name is Status => (STATUSES as readonly string[]).includes(name))) return undefined;
  return (probe) => {
    let sum: boolean | undefined = false;
    for (const name of names) {
      const has = hasStatus(name, probe);
      if (has === true) return !isInverted;
      if (has === undefined) sum = undefined;
    }
    return sum === undefined ? undefined : isInverted;
  };
}

function hasStatus(status: Status, { ct, input }: Probe): boolean | undefined {
  switch (status) {
    case 'EXPECTED':
      return ct.state === 'RELATED' ? undefined : false;
    case 'SEEN_REPLY':
      return !isFirstPacket(ct);
    case 'ASSURED':
      return isAssured(ct);
    case 'CONFIRMED':
      // Confirmed at the end of input or postrouting: a new packet is, where it comes back by loopback.
      return !isFirstPacket(ct) || ((input.hook === 'prerouting' || input.hook === 'input') && input.meta.iif === 'lo');
  }
}
