/** Reads `ipset save` into sets with their elements; what an element says is left for its first lookup. */
import type { Family } from '../../model/address.ts';
import { IpsetSyntaxError } from './syntax-error.ts';
import type { IpSet, IpSets, IpsetElement, IpsetLine } from './types.ts';

interface OpenSet extends IpSet {
  readonly elements: IpsetElement[];
}

/** Empty text is no sets. Throws IpsetSyntaxError. */
export function parseIpsetSave(text: string): IpSets {
  const endsWithNewline = text === '' || text.endsWith('\n');
  const texts = text === '' ? [] : (endsWithNewline ? text.slice(0, -1) : text).split('\n');
  const sets = new Map<string, OpenSet>();
  const lines = texts.map((line, i) => readLine(sets, line, i + 1));
  return { sets, lines, endsWithNewline };
}

/** The text that {@link parseIpsetSave} read, byte for byte. */
export function printIpsetSave({ lines, endsWithNewline }: IpSets): string {
  const text = lines
    .map((line) => (line.kind === 'add' ? `add ${line.set} ${line.element.text}${line.element.options}` : line.raw))
    .join('\n');
  return lines.length > 0 && endsWithNewline ? `${text}\n` : text;
}

function readLine(sets: Map<string, OpenSet>, line: string, number: number): IpsetLine {
  if (line.includes('\0')) throw new IpsetSyntaxError(number, 'NUL byte in the output');
  if (line.startsWith('add ')) return readElement(sets, line, number);
  if (line.startsWith('create ')) return readSet(sets, line, number);
  if (line.trim() === '' || line.startsWith('#')) return { kind: 'text', raw: line };
  throw new IpsetSyntaxError(number, `neither a set nor an element: ${line.slice(0, 80)}`);
}

function readElement(sets: Map<string, OpenSet>, line: string, number: number): IpsetLine {
  const [, name = '', text = '', options = ''] = /^add (\S+) (\S+)( .*)?$/.exec(line) ?? [];
  const set = sets.get(name);
  if (text === '') throw new IpsetSyntaxError(number, `not an element: ${line.slice(0, 80)}`);
  if (set === undefined) throw new IpsetSyntaxError(number, `set ${name} was not created`);
  if ((options.split('"').length & 1) === 0)
    throw new IpsetSyntaxError(number, `a quote is not closed: ${line.slice(0, 80)}`);
  const element: IpsetElement = { text, options };
  set.elements.push(element);
  return { kind: 'add', set: name, element };
}

/** Options of `create` that take no value. */
const FLAGS = new Set(['counters', 'comment', 'skbinfo', 'forceadd', 'nomatch']);

function readSet(sets: Map<string, OpenSet>, line: string, number: number): IpsetLine {
  const [, name = '', ...words] = line.split(' ').filter((word) => word !== '');
  const [type = '', ...rest] = words;
  if (!/^[a-z]+:[a-z,]+$/.test(type)) throw new IpsetSyntaxError(number, `not a set: ${line.slice(0, 80)}`);
  if (sets.has(name)) throw new IpsetSyntaxError(number, `set ${name} for the second time`);
  const options = new Map<string, string>();
  for (let i = 0; i < rest.length; i++) {
    const option = rest[i]!;
    if (FLAGS.has(option)) options.set(option, '');
    else options.set(option, rest[++i] ?? '');
  }
  const family = familyOf(type, options);
  sets.set(name, {
    name,
    type,
    dimensions: type.slice(type.indexOf(':') + 1).split(','),
    ...(family !== undefined && { family }),
    options,
    elements: [],
  });
  return { kind: 'create', set: name, raw: line };
}

function familyOf(type: string, options: ReadonlyMap<string, string>): Family | undefined {
  if (type.startsWith('bitmap:ip')) return 4;
  if (type === 'bitmap:port' || type === 'list:set' || type === 'hash:mac') return undefined;
  return options.get('family') === 'inet6' ? 6 : 4;
}
