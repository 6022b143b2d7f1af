/** The parts of -m conntrack that ask for the connection's addresses, ports and protocol. */
import type { CtInfo, Tuple } from '../../../model/flow.ts';
import { PROTOCOL } from '../../../model/packet.ts';
import type { PortRange } from '../../../model/packet.ts';
import { meets, parseAddressCondition } from '../address-mask.ts';
import type { MatchTest } from '../match.ts';
import type { Option } from '../options.ts';
import { protocolNumber } from '../protocols.ts';
import { parsePorts } from './transport.ts';

export function ctProtocolTest({ values, isInverted }: Option): MatchTest | undefined {
  const number = protocolNumber(values[0]!);
  return number === undefined ? undefined : tupleTest('orig', (tuple) => (tuple.protocol === number) !== isInverted);
}

/** `--ctorigsrc` and its three sisters. */
export function ctAddressTest(name: string, { values, isInverted }: Option): MatchTest | undefined {
  const condition = parseAddressCondition(values[0]!, isInverted);
  if (condition === undefined) return undefined;
  const end = name.endsWith('src') ? 'src' : 'dst';
  return tupleTest(sideOf(name), (tuple) => meets(condition, tuple[end]));
}

/** `--ctorigsrcport` and its three sisters. */
export function ctPortTest(name: string, { values, isInverted }: Option): MatchTest | undefined {
  const range = parsePorts(values[0]);
  if (range === undefined) return undefined;
  const end = name.endsWith('srcport') ? 'sport' : 'dport';
  return tupleTest(sideOf(name), (tuple) => {
    // For ICMP these hold the identifier, and type and code.
    if (tuple.protocol === PROTOCOL.icmp || tuple.protocol === PROTOCOL.icmpv6) return undefined;
    const isInside = portsInside(tuple[end], range);
    return isInside === undefined ? undefined : isInside !== isInverted;
  });
}

function portsInside(ports: PortRange, range: PortRange): boolean | undefined {
  if (ports.min >= range.min && ports.max <= range.max) return true;
  return ports.max < range.min || ports.min > range.max ? false : undefined;
}

const sideOf = (name: string): 'orig' | 'repl' => (name.startsWith('--ctorig') ? 'orig' : 'repl');

function tupleTest(side: 'orig' | 'repl', test: (tuple: Tuple) => boolean | undefined): MatchTest {
  const tupleOf = (ct: CtInfo): Tuple | undefined => (side === 'orig' ? ct.original : ct.reply);
  return ({ ct }) => {
    const tuple = tupleOf(ct);
    return tuple === undefined ? undefined : test(tuple);
  };
}
