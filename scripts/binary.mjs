/**
 * `npm run binary`: skoop as one executable file that needs no Node on the machine it runs on (Node's single executable
 * application). Written to `binary/skoop-PLATFORM-ARCH`; it is the Node that runs this, with the program inside.
 */
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureModules } from './run/modules.mjs';
import { ROOT, bin, capture } from './run/process.mjs';

/** Where Node looks whether it carries a program (nodejs.org/api/single-executable-applications.html). */
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

await ensureModules();
const folder = mkdtempSync(join(tmpdir(), 'skoop-binary-'));
try {
  await build(folder);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function build(work) {
  await step(bin('tsdown'), ['--config', 'tsdown.binary.config.ts', '--out-dir', work, '--log-level', 'warn']);
  const [config, blob] = [join(work, 'sea.json'), join(work, 'sea.blob')];
  writeFileSync(
    config,
    JSON.stringify({
      main: join(work, 'main.cjs'),
      output: blob,
      disableExperimentalSEAWarning: true,
      assets: { 'collect.sh': join(ROOT, 'src/collector/collect.sh') },
    }),
  );
  await step(process.execPath, ['--experimental-sea-config', config]);
  mkdirSync(join(ROOT, 'binary'), { recursive: true });
  const made = join(ROOT, 'binary', `skoop-${process.platform}-${process.arch}`);
  copyFileSync(process.execPath, made);
  chmodSync(made, 0o755);
  await step(bin('postject'), [made, 'NODE_SEA_BLOB', blob, '--sentinel-fuse', FUSE]);
  console.log(made.slice(ROOT.length));
}

async function step(command, args) {
  const { code, output } = await capture(command, args);
  if (code !== 0) throw new Error(`${command} failed:\n${output}`);
}
