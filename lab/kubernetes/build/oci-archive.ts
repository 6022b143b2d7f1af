/** Writes a container image as an OCI archive, which containerd imports: no registry and no engine is needed. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { readFile, rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { pack, type Pack } from 'tar-stream';

/** Paths in an image have no leading slash. `bin/x` would replace Debian's link /bin by a folder: write `usr/bin/x`. */
export type LayerFile =
  | { readonly path: string; readonly file: string; readonly mode?: number }
  | { readonly path: string; readonly content: string; readonly mode?: number }
  | { readonly path: string; readonly link: string };

/** A layer is a tar file that is there already, or files that are put together. */
export type Layer = { readonly tar: string } | { readonly files: readonly LayerFile[] };

export interface Image {
  /** With a tag that is not `latest`, else kubelet wants to pull it: `localhost/lab/tools:1`. */
  readonly reference: string;
  /** From the bottom up. */
  readonly layers: readonly Layer[];
  readonly command: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly workingDir?: string;
}

interface Blob {
  readonly digest: string;
  readonly size: number;
  readonly content: Buffer | { readonly file: string };
}

const TYPE = 'application/vnd.oci.image';
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export async function writeOciArchive(target: string, image: Image): Promise<void> {
  const scratch: string[] = [];
  try {
    const layers: Blob[] = [];
    for (const [index, layer] of image.layers.entries()) {
      const file = 'tar' in layer ? layer.tar : `${target}.layer-${index}`;
      if ('files' in layer) {
        scratch.push(file);
        await writeTar(file, async (tar) => {
          for (const entry of layer.files) await addFile(tar, entry);
        });
      }
      layers.push(await blobOfFile(file));
    }
    await writeArchive(target, image, layers);
  } finally {
    for (const file of scratch) await rm(file, { force: true });
  }
}

async function writeArchive(target: string, image: Image, layers: readonly Blob[]): Promise<void> {
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  const config = blobOfJson({
    architecture,
    os: 'linux',
    config: {
      Env: [`PATH=${PATH}`],
      Cmd: image.command,
      ...(image.entrypoint === undefined ? {} : { Entrypoint: image.entrypoint }),
      ...(image.workingDir === undefined ? {} : { WorkingDir: image.workingDir }),
    },
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.digest) },
  });
  const manifest = blobOfJson({
    schemaVersion: 2,
    mediaType: `${TYPE}.manifest.v1+json`,
    config: { mediaType: `${TYPE}.config.v1+json`, digest: config.digest, size: config.size },
    layers: layers.map(({ digest, size }) => ({ mediaType: `${TYPE}.layer.v1.tar`, digest, size })),
  });
  const index = blobOfJson({
    schemaVersion: 2,
    mediaType: `${TYPE}.index.v1+json`,
    manifests: [
      {
        mediaType: `${TYPE}.manifest.v1+json`,
        digest: manifest.digest,
        size: manifest.size,
        platform: { architecture, os: 'linux' },
        // the name that `ctr images import` gives it
        annotations: { 'io.containerd.image.name': image.reference },
      },
    ],
  });
  await writeTar(target, async (tar) => {
    await addEntry(tar, 'oci-layout', Buffer.from('{"imageLayoutVersion":"1.0.0"}'));
    await addEntry(tar, 'index.json', index.content);
    for (const blob of [config, manifest, ...layers])
      await addEntry(tar, `blobs/${blob.digest.replace(':', '/')}`, blob.content);
  });
}

function blobOfJson(value: unknown): Blob {
  const content = Buffer.from(JSON.stringify(value));
  return { digest: `sha256:${createHash('sha256').update(content).digest('hex')}`, size: content.length, content };
}

async function blobOfFile(file: string): Promise<Blob> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return { digest: `sha256:${hash.digest('hex')}`, size: (await stat(file)).size, content: { file } };
}

async function writeTar(target: string, fill: (tar: Pack) => Promise<void>): Promise<void> {
  const tar = pack();
  const written = pipeline(tar, createWriteStream(target));
  await Promise.all([written, fill(tar).then(() => tar.finalize())]);
}

async function addFile(tar: Pack, entry: LayerFile): Promise<void> {
  if ('link' in entry) {
    tar.entry({ name: entry.path, type: 'symlink', linkname: entry.link, mtime: new Date(0) });
    return;
  }
  const content = 'file' in entry ? await readFile(entry.file) : Buffer.from(entry.content);
  await addEntry(tar, entry.path, content, entry.mode ?? 0o755);
}

async function addEntry(tar: Pack, name: string, content: Blob['content'], mode = 0o644): Promise<void> {
  const isFile = 'file' in content;
  const size = isFile ? (await stat(content.file)).size : content.length;
  // its time is fixed, so that the same files give the same digest
  const header = { name, size, mode, mtime: new Date(0) };
  await new Promise<void>((resolve, reject) => {
    const entry = tar.entry(header, (error) => (error ? reject(error) : resolve()));
    if (isFile) pipeline(createReadStream(content.file), entry).catch(reject);
    else entry.end(content);
  });
}
