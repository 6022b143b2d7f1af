/** `-m u32`: tests of 32 bits of the packet by place (xt_u32), as far as its headers are known. */
import type { PortRange } from '../../../model/packet.ts';
import { lengthsOf } from '../../../model/packet-length.ts';
import { packetBytes, type HeaderBytes } from '../../netfilter/header-bytes.ts';
import type { MatchModule } from '../match.ts';
import { parseNumber, parseRange } from '../numbers.ts';
import { every } from '../../netfilter/every.ts';

/** 32 bits, of which those in `known` are known; the others are 0 in `value`. */
interface Word {
  readonly value: number;
  readonly known: number;
}

interface Operation {
  readonly operator: '&' | '<<' | '>>' | '@';
  readonly number: number;
}

interface Test {
  readonly start: number;
  readonly operations: readonly Operation[];
  readonly ranges: readonly PortRange[];
}

export const u32: MatchModule = {
  options: { '--u32': 1 },
  memory: 'header',
  compile(options) {
    const option = options.get('--u32');
    const tests = parseTests(option?.values[0] ?? '');
    if (option === undefined || tests === undefined) return undefined;
    return ({ packet }) => {
      const [bytes, lengths] = [packetBytes(packet), lengthsOf(packet)];
      const answer = every(tests, (test) => holds(test, bytes, lengths));
      return answer === undefined ? undefined : answer !== option.isInverted;
    };
  },
};

/** u32_match_it: where a place is not in the packet, the test fails. */
function holds({ start, operations, ranges }: Test, bytes: HeaderBytes, lengths: PortRange): boolean | undefined {
  let base = 0;
  let word = wordAt(bytes, start, lengths);
  for (const { operator, number } of operations) {
    if (word === undefined || word === 'outside') break;
    switch (operator) {
      case '&':
        word = { value: (word.value & number) >>> 0, known: (word.known | ~number) >>> 0 };
        break;
      case '<<':
        word = { value: (word.value << number) >>> 0, known: ((word.known << number) | ~(-1 << number)) >>> 0 };
        break;
      case '>>':
        word = { value: word.value >>> number, known: ~(~word.known >>> number) >>> 0 };
        break;
      case '@':
        if (word.known !== ALL) return undefined;
        base += word.value;
        word = base > ALL ? 'outside' : wordAt(bytes, base + number, lengths);
        break;
    }
  }
  if (word === 'outside') return false;
  return word === undefined ? undefined : isIn(ranges, word);
}

const ALL = 0xffffffff;

function isIn(ranges: readonly PortRange[], { value, known }: Word): boolean | undefined {
  const least = value;
  const most = (value | ~known) >>> 0;
  if (ranges.some(({ min, max }) => min <= least && most <= max)) return true;
  return ranges.every(({ min, max }) => max < least || most < min) ? false : undefined;
}

function wordAt(bytes: HeaderBytes, at: number, { min, max }: PortRange): Word | 'outside' | undefined {
  if (at + 4 > max) return 'outside';
  if (at + 4 > min) return undefined;
  let [value, known] = [0, 0];
  for (let i = at; i < at + 4; i++) {
    const byte = bytes[i];
    value = (value << 8) | (byte ?? 0);
    known = (known << 8) | (byte === undefined ? 0 : 0xff);
  }
  return { value: value >>> 0, known: known >>> 0 };
}

/** `0x6&0xff=0x6&&0x0>>0x16&0x3c@0x0=0x50:0x51,0x1bb`. */
function parseTests(text: string): readonly Test[] | undefined {
  const tests = text.split('&&').map(parseTest);
  return tests.every((test) => test !== undefined) ? tests : undefined;
}

function parseTest(text: string): Test | undefined {
  const [location = '', values, ...others] = text.replaceAll(/\s/g, '').split('=');
  const parts = location.split(/(&|<<|>>|@)/);
  const start = parseNumber(parts[0]);
  if (start === undefined || values === undefined || others.length > 0) return undefined;
  const operations: Operation[] = [];
  for (let i = 1; i < parts.length; i += 2) {
    const operator = parts[i] as Operation['operator'];
    const number = parseNumber(parts[i + 1]);
    // A shift of more bits than there are is what the processor makes of it.
    if (number === undefined || ((operator === '<<' || operator === '>>') && number > 31)) return undefined;
    operations.push({ operator, number });
  }
  const ranges = values.split(',').map((range) => parseRange(range, ALL));
  return ranges.every((range) => range !== undefined) ? { start, operations, ranges } : undefined;
}
