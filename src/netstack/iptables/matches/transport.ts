/** Matches on the transport header's ports: tcp, udp, udplite, sctp, dccp. */
import type { PortRange } from '../../../model/packet.ts';
import { PROTOCOL } from '../../../model/packet.ts';
import type { MatchModule, MatchResult, MatchTest, Probe } from '../match.ts';
import type { Options } from '../options.ts';
import { parseRange } from '../numbers.ts';
import type { PortSide } from '../ports.ts';
import { matchPort } from '../ports.ts';
import { tcpFlags, tcpOption } from './tcp-header.ts';

export const tcp: MatchModule = transport(
  PROTOCOL.tcp,
  { '--tcp-flags': 2, '--syn': 0, '--tcp-option': 1 },
  (options) => [tcpFlags(options), tcpOption(options)],
);
export const udp: MatchModule = transport(PROTOCOL.udp, {}, () => []);
export const udplite: MatchModule = transport(PROTOCOL.udplite, {}, () => []);
export const sctp: MatchModule = transport(PROTOCOL.sctp, { '--chunk-types': 2 }, (options) => [
  notComputed(options, '--chunk-types'),
]);
export const dccp: MatchModule = transport(33, { '--dccp-types': 1, '--dccp-option': 1 }, (options) => [
  notComputed(options, '--dccp-types'),
  notComputed(options, '--dccp-option'),
]);

/** A test, or `'absent'` where the option is not given, or undefined where it is not understood. */
export type OptionTest = MatchTest | 'absent' | undefined;

function transport(
  protocol: number,
  more: Readonly<Record<string, number>>,
  compileMore: (options: Options) => readonly OptionTest[],
): MatchModule {
  return {
    options: { '--sport': 1, '--dport': 1, '--source-port': 1, '--destination-port': 1, ...more },
    memory: 'header',
    compile(options) {
      const tests: MatchTest[] = [];
      for (const test of [portTest(options, 'sport'), portTest(options, 'dport'), ...compileMore(options)]) {
        if (test === undefined) return undefined;
        if (test !== 'absent') tests.push(test);
      }
      const [only] = tests;
      if (only === undefined) return ({ packet }) => packet.protocol === protocol;
      if (tests.length === 1) return (probe) => probe.packet.protocol === protocol && only(probe);
      return (probe) => probe.packet.protocol === protocol && all(tests, probe);
    },
  };
}

function portTest(options: Options, side: PortSide): OptionTest {
  const option = options.get(`--${side}`) ?? options.get(side === 'sport' ? '--source-port' : '--destination-port');
  if (option === undefined) return 'absent';
  const range = parsePorts(option.values[0]);
  if (range === undefined) return undefined;
  const ranges = [range];
  const { isInverted } = option;
  return side === 'sport'
    ? ({ packet }) => matchPort(packet, 'sport', ranges, isInverted)
    : ({ packet }) => matchPort(packet, 'dport', ranges, isInverted);
}

export function parsePorts(text: string | undefined): PortRange | undefined {
  return parseRange(text, 65535);
}

/** False wins over a split, a split over what is not known: the split narrows the packet and the rule is asked again. */
function all(tests: readonly MatchTest[], probe: Probe): MatchResult {
  let sum: MatchResult = true;
  for (const test of tests) {
    const result = test(probe);
    if (result === false) return false;
    if (typeof result === 'object' ? typeof sum !== 'object' : result === undefined && sum === true) sum = result;
  }
  return sum;
}

function notComputed(options: Options, name: string): OptionTest {
  return options.has(name) ? () => undefined : 'absent';
}
