/** Debian's source packages, for their test suites: fetched when they are run, kept outside of the checkout, never part of it. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

const KEYS = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Folder of the unpacked upstream source. Throws where it can't be had. */
export async function fetchSource(name: string): Promise<string> {
  const root = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'skoop', 'corpus');
  const folder = join(root, name);
  const unpacked = async (): Promise<string | undefined> =>
    (await readdir(folder, { withFileTypes: true })).find((one) => one.isDirectory() && one.name.startsWith(`${name}-`))
      ?.name;
  await mkdir(folder, { recursive: true });
  let source = await unpacked();
  if (source === undefined) {
    if (!existsSync(KEYS)) throw new Error(`${name} is a source package of Debian: needs linux of Debian, with apt`);
    await download(root, folder, name);
    const archive = (await readdir(folder)).find((one) => one.includes('.orig.tar'))!;
    run('tar', ['--extract', `--file=${archive}`], folder);
    source = await unpacked();
  }
  return join(folder, source!);
}

/** With lists and sources of its own, so that the machine's apt stays as it is. */
async function download(root: string, folder: string, name: string): Promise<void> {
  const lists = join(root, 'lists');
  await mkdir(join(lists, 'partial'), { recursive: true });
  const sources = join(root, 'debian.sources');
  await writeFile(sources, sourcesOf(folder));
  const options = {
    'Dir::Etc::sourcelist': sources,
    'Dir::Etc::sourceparts': '-',
    'Dir::State::lists': lists,
    'Dir::Cache': root,
    'APT::Sandbox::User': 'root',
  };
  const flags = Object.entries(options).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
  run('apt-get', [...flags, '--quiet', 'update'], folder);
  run('apt-get', [...flags, '--quiet', 'source', '--download-only', name], folder);
}

/** The archives that this machine has Debian's packages from, asked for their sources. */
function sourcesOf(folder: string): string {
  const format = '$(ORIGIN) $(REPO_URI) $(RELEASE) $(COMPONENT)';
  const archives = run('apt-get', ['indextargets', '--format', format, 'Created-By: Packages'], folder)
    .split('\n')
    .filter((line) => line.startsWith('Debian '));
  if (archives.length === 0) throw new Error('apt knows no archive of Debian here: run `apt-get update`');
  return archives
    .map((line) => {
      const [, uri, suite, component] = line.split(' ');
      return `Types: deb-src\nURIs: ${uri}\nSuites: ${suite}\nComponents: ${component}\nSigned-By: ${KEYS}\n`;
    })
    .join('\n');
}

/** What it printed. */
function run(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8', timeout: 300_000 });
  if (status !== 0) throw new Error(`${command} ${args.at(-1)}: ${error?.message ?? stderr.trim()}`);
  return stdout;
}
