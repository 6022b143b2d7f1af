/** One question as `--queries` writes it: checked, so that a bad line is told apart from a bad network. */
import type { Ask } from '../network/index.ts';
import { UsageError } from './usage-error.ts';

/** Keys of a question, with what each must be; other keys are refused, as a mistyped one would be ignored silently. */
const FIELDS: Readonly<Record<string, { readonly expected: string; isValid(value: unknown): boolean }>> = {
  src: { expected: 'text', isValid: isText },
  dst: { expected: 'text', isValid: isText },
  port: {
    expected: 'a number from 1 to 65535 or a name',
    isValid: (value) => isText(value) || isWhole(value, 1, 65_535),
  },
  protocol: {
    expected: 'tcp, udp, icmp or sctp',
    isValid: (value) => isText(value) && /^(tcp|udp|icmp|sctp)$/i.test(value),
  },
  namespace: { expected: 'text', isValid: isText },
  family: { expected: '4 or 6', isValid: (value) => value === 4 || value === 6 },
  size: { expected: 'a number of bytes from 28 to 65535', isValid: (value) => isWhole(value, 28, 65_535) },
  via: { expected: 'text', isValid: isText },
  id: { expected: 'text or a number', isValid: (value) => isText(value) || typeof value === 'number' },
};

/** A question of `--queries` with the reader's own mark, which is copied to the answer. */
export interface Query {
  readonly ask: Ask;
  readonly id?: string | number;
}

/** Reads one line. Throws {@link UsageError} that says what is wrong with it. */
export function parseQuery(line: string): Query {
  const value = parseObject(line);
  for (const [key, found] of Object.entries(value)) {
    const field = Object.hasOwn(FIELDS, key) ? FIELDS[key] : undefined;
    if (field === undefined) throw new UsageError(`unknown key "${key}"; known are ${Object.keys(FIELDS).join(', ')}`);
    if (!field.isValid(found)) throw new UsageError(`"${key}" must be ${field.expected}`);
  }
  for (const key of ['src', 'dst']) if (value[key] === undefined) throw new UsageError(`"${key}" is missing`);
  const { id, ...ask } = value;
  const protocol = typeof ask['protocol'] === 'string' ? { protocol: ask['protocol'].toLowerCase() } : {};
  // Every field was checked above.
  return { ask: { ...ask, ...protocol } as unknown as Ask, ...(id === undefined ? {} : { id: id as string | number }) };
}

function parseObject(line: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new UsageError(`not JSON: ${(cause as Error).message}`, { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new UsageError('not a JSON object');
  return value as Record<string, unknown>;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isWhole(value: unknown, min: number, max: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max;
}
