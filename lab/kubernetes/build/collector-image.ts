/** The collector's image from deploy/collector/Dockerfile, by buildah: where no registry is, its base is made by mmdebstrap. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { succeed } from '../process.ts';
import { built, isBuilt, type Recipe } from './cache.ts';

export const COLLECTOR = 'localhost/skoop/collector:1';
export const COLLECTOR_BUILD_TOOLS = ['buildah', 'mmdebstrap'];

const FOLDER = fileURLToPath(new URL('../../../deploy/collector', import.meta.url));
const DOCKERFILE = readFileSync(join(FOLDER, 'Dockerfile'), 'utf8');

const IMAGE: Recipe = {
  name: 'collector-image',
  from: [DOCKERFILE],
  make: async (folder) => {
    const work = await mkdtemp(join(tmpdir(), 'skoop-buildah-'));
    try {
      await build(work, join(folder, 'image.tar'));
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  },
};

export const isCollectorBuilt = (): boolean => isBuilt(IMAGE);

/** An OCI archive of {@link COLLECTOR}. */
export const collectorArchive = async (): Promise<string> => join(await built(IMAGE), 'image.tar');

async function build(work: string, archive: string): Promise<void> {
  const base = /^FROM (debian:(\w+)-slim)$/m.exec(DOCKERFILE);
  if (base === null) throw new Error('deploy/collector/Dockerfile is not FROM debian:SUITE-slim');
  const [, name = '', suite = ''] = base;
  const root = join(work, 'root.tar');
  // files on disk alone: no overlay that would be mounted
  const buildah = async (...args: readonly string[]): Promise<string> =>
    succeed(['buildah', '--storage-driver=vfs', '--root', join(work, 's'), '--runroot', join(work, 'r'), ...args]);
  await succeed(['mmdebstrap', '--quiet', '--variant=minbase', suite, root]);
  const container = (await buildah('from', '--quiet', 'scratch')).trim();
  await buildah('add', '--quiet', container, root, '/');
  await buildah('commit', '--quiet', container, `docker.io/library/${name}`);
  const options = ['--isolation=chroot', '--network=host', '--pull-never', '--quiet'];
  await buildah('bud', ...options, '--tag', COLLECTOR, FOLDER);
  await buildah('push', '--quiet', COLLECTOR, `oci-archive:${archive}:${COLLECTOR}`);
}
