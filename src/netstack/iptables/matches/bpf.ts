/** `-m bpf --bytecode`: a program of the classic BPF over the packet (xt_bpf), run as far as its headers are known. */
import type { Packet, PortRange } from '../../../model/packet.ts';
import { lengthsOf } from '../../../model/packet-length.ts';
import { packetBytes, type HeaderBytes } from '../../netfilter/header-bytes.ts';
import type { MatchModule } from '../match.ts';

interface Instruction {
  readonly code: number;
  readonly jumpTrue: number;
  readonly jumpFalse: number;
  readonly k: number;
}

/** A number, or undefined where it is not known. */
type Value = number | undefined;

interface Machine {
  readonly program: readonly Instruction[];
  readonly bytes: HeaderBytes;
  readonly lengths: PortRange;
}

/** What a program holds on one of its ways. */
interface Registers {
  readonly a: Value;
  readonly x: Value;
  readonly memory: readonly Value[];
}

export const bpf: MatchModule = {
  options: { '--bytecode': 1, '--object-pinned': 1 },
  memory: 'header',
  compile(options) {
    const option = options.get('--bytecode');
    // A pinned program is in no dump.
    if (option === undefined) return options.has('--object-pinned') ? () => undefined : undefined;
    const program = parseProgram(option.values[0] ?? '');
    if (program === undefined) return undefined;
    return ({ packet }) => {
      const answer = runProgram(program, packet);
      return answer === undefined ? undefined : answer !== 0;
    };
  },
};

/** `4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0`: how many instructions, then each one. */
function parseProgram(text: string): readonly Instruction[] | undefined {
  const [count, ...lines] = text.replace(/,$/, '').split(',');
  const program = lines.map((line): Instruction | undefined => {
    const [code, jumpTrue, jumpFalse, k, ...others] = line.trim().split(/\s+/).map(Number);
    const isWhole = [code, jumpTrue, jumpFalse, k].every((one) => Number.isInteger(one)) && others.length === 0;
    return isWhole ? { code: code!, jumpTrue: jumpTrue!, jumpFalse: jumpFalse!, k: k! >>> 0 } : undefined;
  });
  return program.length === Number(count) && program.every((line) => line !== undefined) ? program : undefined;
}

function runProgram(program: readonly Instruction[], packet: Packet): Value {
  const machine = { program, bytes: packetBytes(packet), lengths: lengthsOf(packet) };
  return run(machine, 0, { a: 0, x: 0, memory: new Array<Value>(CELLS).fill(undefined) }, 0);
}

/** Cells of scratch memory; the kernel takes no program that names another. */
const CELLS = 16;
/** So many decisions that are not known are followed both ways. */
const MOST_OPEN = 6;

/** What the program returns; undefined where that depends on what is not known. It only ever jumps onwards. */
function run(machine: Machine, from: number, before: Registers, open: number): Value {
  let registers = before;
  for (let at = from; ; at++) {
    const line = machine.program[at];
    if (line === undefined) return undefined;
    const kind = line.code & 0x07;
    if (kind === RETURN) return (line.code & 0x18) === OF_A ? registers.a : line.k;
    if (kind === JUMP) {
      const { isTaken } = jump(line, registers);
      if (isTaken === 'always') at += line.k;
      else if (isTaken !== undefined) at += isTaken ? line.jumpTrue : line.jumpFalse;
      else {
        if (open >= MOST_OPEN) return undefined;
        const ways = [line.jumpTrue, line.jumpFalse].map((by) => run(machine, at + 1 + by, registers, open + 1));
        return ways[0] === ways[1] ? ways[0] : undefined;
      }
      continue;
    }
    const after = step(machine, line, registers);
    // A place that is not in the packet ends the program: no match.
    if (after === 'outside') return 0;
    if (after === undefined) return undefined;
    registers = after;
  }
}

const [LOAD, LOAD_X, STORE, STORE_X, COMPUTE, JUMP, RETURN] = [0, 1, 2, 3, 4, 5, 6];
const OF_A = 0x10;
const WITH_X = 0x08;

function jump({ code, k }: Instruction, { a, x }: Registers): { readonly isTaken: boolean | 'always' | undefined } {
  if ((code & 0xf0) === 0) return { isTaken: 'always' };
  const other = (code & WITH_X) === 0 ? k : x;
  if (a === undefined || other === undefined) return { isTaken: undefined };
  switch (code & 0xf0) {
    case 0x10:
      return { isTaken: a === other };
    case 0x20:
      return { isTaken: a > other };
    case 0x30:
      return { isTaken: a >= other };
    default:
      return { isTaken: (a & other) !== 0 };
  }
}

/** The registers after one instruction that is no jump; undefined where what comes then is not known. */
function step(machine: Machine, line: Instruction, registers: Registers): Registers | 'outside' | undefined {
  const { code, k } = line;
  const { a, x, memory } = registers;
  switch (code & 0x07) {
    case LOAD:
    case LOAD_X: {
      const value = load(machine, line, registers);
      if (value === 'outside' || value === 'open') return value === 'outside' ? value : undefined;
      return (code & 0x07) === LOAD ? { a: value, x, memory } : { a, x: value, memory };
    }
    case STORE:
      return { a, x, memory: memory.with(k % CELLS, a) };
    case STORE_X:
      return { a, x, memory: memory.with(k % CELLS, x) };
    case COMPUTE:
      return compute(code & 0xf0, { a, x, memory }, (code & WITH_X) === 0 ? k : x);
    default:
      return (code & 0xf8) === 0x80 ? { a: x, x, memory } : { a, x: a, memory };
  }
}

/** `open`: not known whether the packet reaches so far. */
function load(machine: Machine, { code, k }: Instruction, { x, memory }: Registers): Value | 'outside' | 'open' {
  const { bytes, lengths } = machine;
  const size = [4, 2, 1][(code & 0x18) >> 3] ?? 4;
  switch (code & 0xe0) {
    case 0x00:
      return k;
    case 0x20:
      return at(bytes, lengths, k, size);
    case 0x40:
      return x === undefined ? 'open' : at(bytes, lengths, x + k, size);
    case 0x60:
      return memory[k];
    case 0x80:
      return lengths.min === lengths.max ? lengths.min : undefined;
    case 0xa0: {
      const byte = at(bytes, lengths, k, 1);
      return typeof byte === 'number' ? 4 * (byte & 0x0f) : byte;
    }
    default:
      return 'open';
  }
}

/** Places from here on are the link layer's, or say something else about the packet (SKF_LL_OFF, SKF_AD_OFF). */
const NEGATIVE = 0x80000000;

function at(bytes: HeaderBytes, { min, max }: PortRange, place: number, size: number): Value | 'outside' | 'open' {
  if (place >= NEGATIVE) return 'open';
  if (place + size > max) return 'outside';
  if (place + size > min) return 'open';
  let value = 0;
  for (let i = place; i < place + size; i++) {
    const byte = bytes[i];
    if (byte === undefined) return undefined;
    value = value * 256 + byte;
  }
  return value;
}

function compute(operator: number, { a, x, memory }: Registers, other: Value): Registers | 'outside' {
  const becomes = (value: Value): Registers => ({ a: value === undefined ? undefined : value >>> 0, x, memory });
  if (operator === 0x80) return becomes(a === undefined ? undefined : -a);
  const isDivision = operator === 0x30 || operator === 0x90;
  // A division by nothing ends the program like a place outside.
  if (isDivision && other === 0) return 'outside';
  if (a === undefined || other === undefined) return becomes(undefined);
  switch (operator) {
    case 0x00:
      return becomes(a + other);
    case 0x10:
      return becomes(a - other);
    case 0x20:
      return becomes(Math.imul(a, other));
    case 0x30:
      return becomes(Math.floor(a / other));
    case 0x40:
      return becomes(a | other);
    case 0x50:
      return becomes(a & other);
    case 0x60:
      return becomes(a << other);
    case 0x70:
      return becomes(a >>> other);
    case 0x90:
      return becomes(a % other);
    default:
      return becomes(a ^ other);
  }
}
