/** Where the members of a tar file are, without reading them: a bundle of fifty nodes is opened for one of them. */
import { InputError } from '../collector/input-error.ts';

export interface TarMember {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
}

const BLOCK = 512;
const MAX_MEMBERS = 50_000;

/** Members by name, in the file's order. Throws InputError for what is not a tar file of plain files with plain names. */
export function indexTar(data: Buffer, file: string): ReadonlyMap<string, TarMember> {
  const members = new Map<string, TarMember>();
  let at = 0;
  while (at + BLOCK <= data.length) {
    const header = data.subarray(at, at + BLOCK);
    if (header[0] === 0) return atEnd(data, at, members, file);
    const member = readHeader(header, at + BLOCK, file, members.size + 1);
    if (member.offset + member.size > data.length) {
      throw new InputError(
        { file, section: member.name },
        `the file ends inside this member (${data.length - member.offset} of ${member.size} bytes are there)`,
        CUT,
      );
    }
    if (members.has(member.name)) throw new InputError({ file, section: member.name }, 'is there twice');
    if (members.size >= MAX_MEMBERS) throw new InputError({ file }, `has more than ${MAX_MEMBERS} members`, PLAIN);
    members.set(member.name, member);
    at = member.offset + Math.ceil(member.size / BLOCK) * BLOCK;
  }
  throw new InputError({ file }, 'ends before its last block', CUT);
}

const CUT = { remedy: 'The file was cut off while it was written or copied: make or copy it again.' };

function atEnd(
  data: Buffer,
  at: number,
  members: ReadonlyMap<string, TarMember>,
  file: string,
): ReadonlyMap<string, TarMember> {
  if (data.length < at + 2 * BLOCK) throw new InputError({ file }, 'ends before its last block', CUT);
  for (let i = at; i < data.length; i++) {
    if (data[i] !== 0) throw new InputError({ file }, `has data after its end, at byte ${i + 1}`, CUT);
  }
  return members;
}

function readHeader(header: Buffer, offset: number, file: string, number: number): TarMember {
  const section = `member ${number}`;
  if (!hasGoodChecksum(header)) throw new InputError({ file, section }, 'its tar header is damaged');
  const name = text(header, 0, 100);
  const type = String.fromCharCode(header[156]!);
  if (type !== '0' && header[156] !== 0)
    throw new InputError({ file, section }, `"${name}" is not a plain file (type ${type})`, PLAIN);
  if (
    text(header, 345, 155) !== '' ||
    !/^[a-z]+(?:\/[A-Za-z0-9][A-Za-z0-9._-]*)?\.[a-z.]+$/.test(name) ||
    name.includes('..')
  ) {
    throw new InputError({ file, section }, `"${name}" is not a name that a bundle's member has`, PLAIN);
  }
  const size = text(header, 124, 12).trim();
  if (!/^[0-7]{1,12}$/.test(size)) throw new InputError({ file, section: name }, 'its tar header says no size');
  return { name, offset, size: Number.parseInt(size, 8) };
}

const PLAIN = { remedy: 'Make the bundle with `skoop bundle create`.' };

/** Sum of all bytes, the checksum's own field counted as blanks (POSIX.1-1988 ustar). */
export function hasGoodChecksum(header: Buffer): boolean {
  const said = Number.parseInt(text(header, 148, 8).trim(), 8);
  let sum = 8 * 32;
  for (let i = 0; i < BLOCK; i++) if (i < 148 || i >= 156) sum += header[i]!;
  return sum === said;
}

function text(header: Buffer, start: number, length: number): string {
  const field = header.toString('latin1', start, start + length);
  const nul = field.indexOf('\0');
  return nul < 0 ? field : field.slice(0, nul);
}
