/** --tcp-flags, --syn and --tcp-option of -m tcp. */
import { TCP_FLAG } from '../../../model/packet.ts';
import type { Options } from '../options.ts';
import { parseNumber } from '../numbers.ts';
import type { OptionTest } from './transport.ts';

export function tcpFlags(options: Options): OptionTest {
  const option = options.get('--tcp-flags');
  const syn = options.get('--syn');
  if (option === undefined && syn === undefined) return 'absent';
  const mask = option === undefined ? SYN_MASK : parseFlags(option.values[0]!);
  const wanted = option === undefined ? TCP_FLAG.syn : parseFlags(option.values[1]!);
  if (mask === undefined || wanted === undefined) return undefined;
  const isInverted = (option ?? syn)!.isInverted;
  return ({ packet }) => {
    const open = mask & (packet.openTcpFlags ?? 0);
    if ((((packet.tcpFlags & mask) ^ wanted) & ~open) !== 0) return isInverted;
    return open === 0 ? !isInverted : undefined;
  };
}

const SYN_MASK = TCP_FLAG.syn | TCP_FLAG.rst | TCP_FLAG.ack | TCP_FLAG.fin;

function parseFlags(text: string): number | undefined {
  if (text === 'ALL') return 0x3f;
  if (text === 'NONE') return 0;
  let flags = 0;
  for (const name of text.toLowerCase().split(',')) {
    if (!Object.hasOwn(TCP_FLAG, name)) return undefined;
    flags |= TCP_FLAG[name as keyof typeof TCP_FLAG];
  }
  return flags;
}

/** Every SYN that Linux sends has an MSS option (2); which others it has is up to the sender's sysctls. */
export function tcpOption(options: Options): OptionTest {
  const option = options.get('--tcp-option');
  if (option === undefined) return 'absent';
  const number = parseNumber(option.values[0]);
  if (number === undefined) return undefined;
  return ({ packet }) => (number === MSS && (packet.tcpFlags & TCP_FLAG.syn) !== 0 ? !option.isInverted : undefined);
}

const MSS = 2;
