/** From the text that collect.sh prints to a checked dump. Sections stay bytes until somebody reads them. */
import { isUtf8 } from 'node:buffer';
import type { Readable } from 'node:stream';
import { DUMP_SCHEMA, SECTION_COMMANDS } from '../model/dump.ts';
import type { NetNSInfo, NodeNetworkStackDump, PodNetInfo, Section, SectionName } from '../model/dump.ts';
import { DumpReader } from './dump-reader.ts';
import { firstInvalidUtf8 } from './utf8.ts';
import { parseSectionHeader } from './frame.ts';
import { InputError } from './input-error.ts';
import { podsIn } from './pod-net-info.ts';
import { lazySection } from './raw-section.ts';
import { splitBatch } from './split-batch.ts';

export interface ReadOptions {
  /** For errors: the file's name as the user knows it. */
  readonly file: string;
}

/** Bytes that a dump may have; one of 110 pods has about 50 million. */
export const MAX_DUMP_BYTES = 512 * 1024 * 1024;
const MAX_NETNS = 20_000;

/** Reads a whole dump. Throws InputError where it is not one, is cut off, damaged, or of a version that this build does not read. */
export function readDump(data: Buffer, { file }: ReadOptions): NodeNetworkStackDump {
  if (data.length > MAX_DUMP_BYTES) throw tooLarge(file);
  const reader = new DumpReader(data, file);
  const dump = readFrames(reader);
  if (!isUtf8(data)) throw notUtf8(data, file);
  return dump;
}

/** Like {@link readDump} for a stream, of which no more is kept than a dump may have. */
export async function readDumpStream(stream: Readable, { file }: ReadOptions): Promise<NodeNetworkStackDump> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    length += bytes.length;
    if (length > MAX_DUMP_BYTES) throw tooLarge(file);
    chunks.push(bytes);
  }
  return readDump(Buffer.concat(chunks), { file });
}

interface Draft {
  readonly inode: number;
  readonly isHost: boolean;
  readonly names: string[];
  readonly uids: string[];
  readonly sections: Partial<Record<SectionName, Section>>;
  sandbox?: string;
  isBrief?: true;
}

function readFrames(reader: DumpReader): NodeNetworkStackDump {
  const head = new Map<string, string>();
  const drafts = new Map<number, Draft>();
  const notDumped = new Map<number, string[]>();
  const outside: number[] = [];
  for (let line = reader.next(); line !== undefined; line = reader.next()) {
    switch (line.word) {
      case 'node':
      case 'collected':
      case 'kernel':
        if (head.has(line.word)) throw reader.error(`"${line.word}" is said twice`);
        head.set(line.word, line.rest);
        break;
      case 'netns': {
        const draft = readNetns(reader, line.rest);
        if (drafts.has(draft.inode)) throw reader.error(`namespace ${draft.inode} is there twice`);
        if (drafts.size >= MAX_NETNS) throw reader.error(`more than ${MAX_NETNS} namespaces`);
        drafts.set(draft.inode, draft);
        break;
      }
      case 'outside':
        outside.push(readIndex(reader, line.rest));
        break;
      case 'not-dumped':
        addNotDumped(reader, notDumped, line.rest);
        break;
      case 'eof':
        return finish(reader, { head, drafts, outside, notDumped, said: line.rest });
      default:
        throw reader.error(`"${line.word}" is not a word that a dump has here`);
    }
  }
  throw reader.cutOff();
}

function readNetns(reader: DumpReader, text: string): Draft {
  const found = /^(\d{1,15}) (host|other)$/.exec(text);
  if (found === null) throw reader.error('a namespace with no number');
  const draft: Draft = { inode: Number(found[1]), isHost: found[2] === 'host', names: [], uids: [], sections: {} };
  for (let line = reader.next(); line !== undefined; line = reader.next()) {
    switch (line.word) {
      case 'name':
        draft.names.push(line.rest);
        break;
      case 'uid':
        draft.uids.push(line.rest);
        break;
      case 'brief':
        draft.isBrief = true;
        break;
      case 'sandbox':
        draft.sandbox = line.rest;
        break;
      case 'section':
        readSection(reader, draft.sections, line.rest);
        break;
      case 'netns-end':
        if (line.rest !== String(draft.inode))
          throw reader.error(`the end of namespace ${line.rest} inside namespace ${draft.inode}`);
        return draft;
      default:
        throw reader.error(`"${line.word}" is not a word that a namespace has`);
    }
  }
  throw reader.cutOff();
}

function readSection(reader: DumpReader, sections: Partial<Record<SectionName, Section>>, text: string): void {
  const header = parseSectionHeader(text);
  if (header === undefined) throw reader.error('a section whose header can not be read');
  const joined = header.names.join('+');
  reader.section = joined;
  const body = reader.body(joined, header.out + header.err);
  const { command, exitCode, milliseconds } = header;
  const raw = {
    command,
    exitCode,
    milliseconds,
    stdout: body.subarray(0, header.out),
    stderr: body.subarray(header.out),
  };
  const [first = ''] = header.names;
  const found = header.names.length === 1 ? [[first, lazySection(raw)] as const] : splitBatch(header.names, raw);
  for (const [name, section] of found) {
    // A section that a later collector knows and this reader does not is passed over.
    if (!isSectionName(name)) continue;
    if (Object.hasOwn(sections, name)) throw reader.error('is there twice in this namespace');
    sections[name] = section;
  }
  reader.section = undefined;
}

function readIndex(reader: DumpReader, text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw reader.error('an interface with no number');
  return Number(text);
}

function addNotDumped(reader: DumpReader, notDumped: Map<number, string[]>, text: string): void {
  const found = /^(\d{1,15})(?: (.*))?$/.exec(text);
  if (found === null) throw reader.error('a namespace with no number');
  const names = notDumped.get(Number(found[1])) ?? [];
  if (found[2] !== undefined && found[2] !== '') names.push(found[2]);
  notDumped.set(Number(found[1]), names);
}

interface Frames {
  readonly head: ReadonlyMap<string, string>;
  readonly drafts: ReadonlyMap<number, Draft>;
  readonly outside: readonly number[];
  readonly notDumped: ReadonlyMap<number, readonly string[]>;
  /** What the last line says. */
  readonly said: string;
}

function finish(reader: DumpReader, { head, drafts, outside, notDumped, said }: Frames): NodeNetworkStackDump {
  if (said !== `netns=${drafts.size}`)
    throw reader.error(`the last line says "${said}", but there are ${drafts.size} namespaces`);
  if (reader.next() !== undefined) throw reader.error('there is more after the last line');
  const nodeName = head.get('node');
  if (nodeName === undefined || nodeName === '') throw reader.error('says no node name');
  const collectedAt = head.get('collected') ?? '';
  if (Number.isNaN(Date.parse(collectedAt))) throw reader.error('says no time');
  const all = [...drafts.values()];
  if (all.filter((draft) => draft.isHost).length > 1) throw reader.error('has two host namespaces');
  const netns = all.map(toNetns);
  let pods: readonly PodNetInfo[] | undefined;
  return {
    schema: DUMP_SCHEMA,
    nodeName,
    collectedAt,
    kernel: head.get('kernel') ?? '',
    netns,
    // Reading the addresses of every pod is work that a diagnosis of two of them may not need.
    get pods() {
      pods ??= netns.flatMap((one, index) => podsIn(one, all[index]!.uids));
      return pods;
    },
    ...(outside.length > 0 && { outside }),
    ...(notDumped.size > 0 && { notDumped: [...notDumped].map(([inode, names]) => ({ inode, names })) }),
  };
}

function toNetns({ inode, isHost, names, sections, sandbox, isBrief }: Draft): NetNSInfo {
  return {
    inode,
    isHost,
    names,
    sections,
    ...(sandbox !== undefined && { sandbox }),
    ...(isBrief === true && { isBrief }),
  };
}

function isSectionName(name: string): name is SectionName {
  return Object.hasOwn(SECTION_COMMANDS, name);
}

function tooLarge(file: string): InputError {
  return new InputError({ file }, `has more than ${MAX_DUMP_BYTES / 1024 / 1024} MiB, which no dump has`, {
    remedy: 'Take it again, of the pods that matter alone (skoop collect --pods).',
  });
}

function notUtf8(data: Buffer, file: string): InputError {
  const place = firstInvalidUtf8(data);
  return new InputError(
    { file, section: sectionAt(data, place.offset), line: place.line },
    `is not UTF-8 at byte ${place.offset + 1}`,
    {
      remedy:
        'The file was changed on its way, or a tool printed bytes that are no text (a rule’s comment can hold them).',
    },
  );
}

/** The section whose header comes last before `offset`. */
function sectionAt(data: Buffer, offset: number): string {
  const at = data.lastIndexOf(' section ', offset);
  return at < 0
    ? 'head'
    : (data.toString('latin1', at + 9, Math.min(at + 209, data.length)).split(' ', 1)[0] ?? 'head');
}
