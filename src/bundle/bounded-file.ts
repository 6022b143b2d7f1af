/** Reads a file that may be anything, a pipe too, and no more of it than was allowed. */
import { createReadStream } from 'node:fs';
import { InputError } from '../collector/input-error.ts';

/** Throws InputError where there is more than `maxBytes`, and what `fs` throws. */
export async function readBounded(file: string, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) {
    const bytes = chunk as Buffer;
    length += bytes.length;
    if (length > maxBytes)
      throw new InputError({ file }, `has more than ${maxBytes / 1024 / 1024} MiB, which is more than can be read`, {
        remedy:
          'Give the kinds of objects in a file each, and dumps of the pods that matter alone (skoop collect --pods).',
      });
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}
