/** Writes a result so that a reader never sees half of it: beside the file first, then in its place. */
import { rename, rm, writeFile } from 'node:fs/promises';

export async function writeFileWhole(file: string, content: string | Uint8Array): Promise<void> {
  const part = `${file}.${process.pid}.part`;
  try {
    await writeFile(part, content, { mode: 0o644 });
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    // The name that the user gave, not that of the part.
    throw error instanceof Error && 'path' in error ? Object.assign(error, { path: file }) : error;
  }
}
