/** Debian's own kernel, downloaded and unpacked beside this machine's, with the few programs that it starts from. */
import { chmod, copyFile, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { built, type Recipe } from '../kubernetes/build/cache.ts';
import { succeed } from '../kubernetes/process.ts';
import { cpioArchive } from './cpio.ts';

export interface GuestKernel {
  readonly image: string;
  readonly initramfs: string;
  /** Folder that holds the modules and their index. */
  readonly modules: string;
}

const META_PACKAGE = 'linux-image-amd64';
const SCRIPTS = ['init.sh', 'serve.sh', 'load.sh'];
/** What the first stage needs before it has the machine's files: the file system itself, and the ports. */
const FIRST_MODULES = ['virtio_pci', '9pnet_virtio', '9p', 'overlay', 'virtio_console'];
const BUSYBOX = '/bin/busybox';

/** Downloads it once; `onStart` is told of that. */
export async function guestKernel(onStart: () => void = () => {}): Promise<GuestKernel> {
  const name = await packageName();
  const release = name.replace('linux-image-', '');
  const policy = await succeed(['apt-cache', 'policy', name]);
  const version = /Candidate: (\S+)/.exec(policy)?.[1] ?? '';
  const scripts = await Promise.all(SCRIPTS.map((script) => readFile(beside(script), 'utf8')));
  const recipe: Recipe = {
    name: release,
    under: 'guest',
    from: [name, version, ...FIRST_MODULES, ...scripts],
    make: (folder) => unpack(folder, name, release),
  };
  const place = await built(recipe, onStart);
  return {
    image: join(place, 'vmlinuz'),
    initramfs: join(place, 'initramfs'),
    modules: join(place, 'lib/modules', release),
  };
}

/** The package that Debian's newest kernel is in: `linux-image-6.1.0-56-amd64`. */
async function packageName(): Promise<string> {
  const known = await newestKernel();
  if (known !== undefined) return known;
  // a bare machine has no lists of packages yet
  await succeed(['apt-get', 'update', '-qq']);
  const name = await newestKernel();
  if (name === undefined) throw new Error(`apt-cache knows no ${META_PACKAGE}, nor after apt-get update`);
  return name;
}

async function newestKernel(): Promise<string | undefined> {
  const depends = await succeed(['apt-cache', 'depends', META_PACKAGE]).catch(() => '');
  return /Depends: (linux-image-\S+)/.exec(depends)?.[1];
}

async function unpack(folder: string, name: string, release: string): Promise<void> {
  const download = await mkdtemp(join(tmpdir(), 'skoop-kernel-'));
  try {
    await succeed(['apt-get', 'download', '-qq', name], { cwd: download });
    const archive = (await readdir(download)).find((file) => file.endsWith('.deb'));
    if (archive === undefined) throw new Error(`apt-get download ${name} left no package`);
    await succeed(['dpkg-deb', '-x', join(download, archive), join(download, 'root')]);
    await succeed([BUSYBOX, 'depmod', '-b', join(download, 'root'), release]);
    await cp(join(download, 'root/lib'), join(folder, 'lib'), { recursive: true });
    await copyFile(join(download, 'root/boot', `vmlinuz-${release}`), join(folder, 'vmlinuz'));
    await writeInitramfs(folder, join(folder, 'lib/modules', release));
  } finally {
    await rm(download, { recursive: true, force: true });
  }
}

async function writeInitramfs(folder: string, modules: string): Promise<void> {
  const stage = join(folder, 'stage');
  for (const each of ['bin', 'm', 'lower', 'rw', 'new', 'dev', 'proc', 'sys'])
    await mkdir(join(stage, each), { recursive: true });
  await copyFile(BUSYBOX, join(stage, 'bin/busybox'));
  for (const script of SCRIPTS) {
    const file = join(stage, script === 'init.sh' ? 'init' : script);
    await copyFile(beside(script), file);
    await chmod(file, 0o755);
  }
  const first = inOrder(await readFile(join(modules, 'modules.dep'), 'utf8'));
  for (const module of first) await copyFile(join(modules, module), join(stage, 'm', basename(module)));
  await writeFile(join(stage, 'modules'), `${first.join('\n')}\n`);
  await writeFile(join(folder, 'initramfs'), await cpioArchive(stage));
  await rm(stage, { recursive: true });
}

/** Files of the first modules, each after those that it depends on. */
function inOrder(index: string): readonly string[] {
  const depends = new Map(
    index.split('\n').map((line): [string, string[]] => {
      const [file, rest = ''] = line.split(':');
      return [file!, rest.trim().split(' ').filter(Boolean)];
    }),
  );
  const order = new Set<string>();
  const add = (file: string): void => {
    for (const one of depends.get(file) ?? []) add(one);
    order.add(file);
  };
  for (const name of FIRST_MODULES) {
    const file = [...depends.keys()].find((each) => basename(each) === `${name}.ko`);
    if (file !== undefined) add(file);
  }
  return [...order];
}

const beside = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
