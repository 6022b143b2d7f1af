/** A folder as an archive that a kernel unpacks into its first file system (cpio, format newc). */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

const TRAILER = 'TRAILER!!!';

export async function cpioArchive(folder: string): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (const name of (await readdir(folder, { recursive: true })).toSorted()) {
    const path = join(folder, name);
    const info = await stat(path);
    parts.push(...entry(name, info.mode, info.isDirectory() ? Buffer.alloc(0) : await readFile(path)));
  }
  return Buffer.concat([...parts, ...entry(TRAILER, 0, Buffer.alloc(0))]);
}

/** Thirteen numbers of eight hexadecimal digits: inode, mode, uid, gid, links, mtime, size, four devices, name, checksum. */
function entry(name: string, mode: number, data: Buffer): Buffer[] {
  const numbers = [0, mode, 0, 0, 1, 0, data.length, 0, 0, 0, 0, name.length + 1, 0];
  const head = `070701${numbers.map((value) => value.toString(16).padStart(8, '0')).join('')}${name}\0`;
  return [padded(Buffer.from(head)), padded(data)];
}

const padded = (data: Buffer): Buffer => Buffer.concat([data, Buffer.alloc(-data.length & 3)]);
