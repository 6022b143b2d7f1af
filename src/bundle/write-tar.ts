/** Packs a bundle's members into a tar file that is the same bytes for the same members. */

export interface NewMember {
  readonly name: string;
  readonly data: Buffer;
}

export async function writeTar(members: readonly NewMember[]): Promise<Buffer> {
  const { pack } = await import('tar-stream');
  const tar = pack();
  const written = readAll(tar);
  for (const { name, data } of members) tar.entry({ name, mode: 0o644, mtime: new Date(0), type: 'file' }, data);
  tar.finalize();
  return written;
}

async function readAll(stream: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
