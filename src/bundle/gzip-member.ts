/** Unpacks one gzip member, never to more than was allowed. */
import { gunzipSync } from 'node:zlib';
import { InputError } from '../collector/input-error.ts';

/** Throws InputError where the bytes are not gzip, are cut off or damaged, or become more than `limit` bytes. */
export function gunzip(
  data: Buffer,
  limit: number,
  place: { readonly file: string; readonly section: string },
): Buffer {
  if (data[0] !== 0x1f || data[1] !== 0x8b) throw new InputError(place, 'is not gzip');
  try {
    return gunzipSync(data, { maxOutputLength: limit, chunkSize: chunkSize(data, limit) });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ERR_BUFFER_TOO_LARGE')
      throw new InputError(place, `unpacks to more than ${limit / 1024 / 1024} MiB`, {
        remedy: 'No node has as much: make it again, with the pods that matter alone (skoop collect --pods).',
        cause: error,
      });
    if (code === 'Z_BUF_ERROR') throw new InputError(place, 'its compressed data is cut off', { cause: error });
    throw new InputError(
      place,
      `its compressed data is damaged (${error instanceof Error ? error.message : String(error)})`,
      { cause: error },
    );
  }
}

/** A gzip member ends with its unpacked size: one chunk of it needs no joining. It is a hint, which a damaged file may have wrong. */
function chunkSize(data: Buffer, limit: number): number {
  const said = data.length < 4 ? 0 : data.readUInt32LE(data.length - 4);
  return Math.min(Math.max(said + 1, 1024), LARGEST_CHUNK, limit);
}

const LARGEST_CHUNK = 4 * 1024 * 1024;
