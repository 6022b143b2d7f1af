/**
 * `npm run release -- --address https://HOST/PATH`: an archive of each executable that `npm run binary` left in binary/, and
 * krew's manifest with their checksums, in release/ (`--into FOLDER`: there). The address is that of the folder that they
 * are to be downloaded from. The same executable gives the same archive.
 */
import { createHash } from 'node:crypto';
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createGzip } from 'node:zlib';
import { pack, type Pack } from 'tar-stream';
import { parseDocument, type YAMLMap, type YAMLSeq } from 'yaml';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const TEMPLATE = 'deploy/krew/skoop.yaml';

const { address, into } = parseArgs({
  options: { address: { type: 'string' }, into: { type: 'string', default: join(ROOT, 'release') } },
}).values;
if (address?.startsWith('https://') !== true || !URL.canParse(address))
  fail('--address names where the archives will be: https://HOST/PATH');
else await release(address.replace(/\/$/, ''), into);

function fail(why: string): void {
  console.error(`release: ${why}`);
  process.exitCode = 1;
}

async function release(base: string, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const manifest = parseDocument(readFileSync(join(ROOT, TEMPLATE), 'utf8'));
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { readonly version: string };
  manifest.setIn(['spec', 'version'], `v${version}`);
  if (manifest.contents !== null) manifest.contents.commentBefore = null;
  const platforms = manifest.getIn(['spec', 'platforms']) as YAMLSeq<YAMLMap>;
  const made: YAMLMap[] = [];
  for (const platform of platforms.items) {
    const archive = basename(String(platform.get('uri')));
    const program = join(ROOT, 'binary', archive.replace(/\.tar\.gz$/, ''));
    if (!existsSync(program)) {
      console.error(`${archive} is left out: there is no ${program.slice(ROOT.length)}`);
      continue;
    }
    const file = join(folder, archive);
    await archiveOf(program, file);
    platform.set('uri', `${base}/${archive}`);
    platform.set('sha256', await checksum(file));
    made.push(platform);
    console.log(file);
  }
  if (made.length === 0) return fail('there is no executable in binary/: npm run binary');
  platforms.items = made;
  const file = join(folder, basename(TEMPLATE));
  writeFileSync(file, manifest.toString());
  console.log(file);
}

/** What krew unpacks: the plugin's executable and, as krew asks for it, the licence. */
async function archiveOf(program: string, file: string): Promise<void> {
  const tar = pack();
  const written = pipeline(tar, createGzip({ level: 9 }), createWriteStream(file));
  await add(tar, { name: 'kubectl-skoop', path: program, mode: 0o755 });
  for (const name of ['LICENSE', 'NOTICE']) await add(tar, { name, path: join(ROOT, name), mode: 0o644 });
  tar.finalize();
  await written;
}

interface Member {
  readonly name: string;
  readonly path: string;
  readonly mode: number;
}

async function add(tar: Pack, { name, path, mode }: Member): Promise<void> {
  const entry = tar.entry({ name, mode, size: statSync(path).size, mtime: new Date(0) });
  await pipeline(createReadStream(path), entry);
}

async function checksum(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
