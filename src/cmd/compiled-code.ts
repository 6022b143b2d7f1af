/**
 * Keeps what V8 compiled of the program's large files for the next run, in the user's cache folder: compiling is a third
 * of a short run (docs/decisions/0011). Only in the CommonJS build; whatever goes wrong with the cache, the program runs.
 */
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync, readdirSync } from 'node:fs';
import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { Script } from 'node:vm';
import { crc32 } from 'node:zlib';

/** In bytes: of less, reading the kept code takes as long as compiling it. */
const WORTH_KEEPING = 40_000;
/** The files of the versions that were used last. */
const MOST_KEPT = 8;

/** The parameters of a CommonJS module, nodejs.org/api/modules.html#the-module-wrapper. */
type Wrapper = (
  ...parameters: readonly [exports: unknown, NodeJS.Require, NodeJS.Module, filename: string, dirname: string]
) => void;

/** To be called before the large files are required. `NODE_DISABLE_COMPILE_CACHE` turns it off, as it does Node's own. */
export function keepCompiledCode(env: NodeJS.ProcessEnv): void {
  // not there where the program runs from its sources, nor in a single executable
  if (typeof require === 'undefined' || require.extensions === undefined) return;
  if (env['NODE_DISABLE_COMPILE_CACHE'] !== undefined) return;
  const folder = join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'skoop', 'compiled');
  const usual = require.extensions['.js'];
  require.extensions['.cjs'] = (module, file) => {
    if (statSync(file).size < WORTH_KEEPING) usual(module, file);
    else load(module, file, folder);
  };
}

function load(module: NodeJS.Module, filename: string, folder: string): void {
  // the file's name carries the hash of its content
  const kept = join(folder, `${process.version}-${process.arch}-${basename(filename)}`);
  const cachedData = read(kept);
  // the build leaves only ASCII in it, and of `import()` only those of small files
  const text = `(function(exports,require,module,__filename,__dirname){${readFileSync(filename, 'latin1')}\n})`;
  const script = new Script(text, cachedData === undefined ? { filename } : { filename, cachedData });
  if (script.cachedDataRejected !== false) {
    // at the end, when the functions that the run needed are compiled too
    process.on('exit', () => write(kept, script.createCachedData()));
  }
  const run = script.runInThisContext() as Wrapper;
  run.apply(module.exports, [module.exports, createRequire(filename), module, filename, dirname(filename)]);
}

/** V8 runs what it reads without a check of its own: only a whole file that nobody else can have written is taken. */
function read(kept: string): Buffer | undefined {
  try {
    const file = openSync(kept, 'r');
    try {
      const { uid, mode } = fstatSync(file);
      if (process.getuid !== undefined && (uid !== process.getuid() || (mode & 0o022) !== 0)) return undefined;
      const data = readFileSync(file);
      const code = data.subarray(4);
      return data.readUInt32LE(0) === crc32(code) ? code : undefined;
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}

function write(kept: string, code: Buffer): void {
  const sum = Buffer.alloc(4);
  sum.writeUInt32LE(crc32(code));
  const folder = dirname(kept);
  const unfinished = `${kept}.${process.pid}`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(unfinished, Buffer.concat([sum, code]), { mode: 0o600, flag: 'wx' });
    renameSync(unfinished, kept);
    forgetOld(folder);
  } catch {
    // a home that can't be written, a full disk: the next run compiles again, and the next write clears up
  }
}

function forgetOld(folder: string): void {
  const files = readdirSync(folder).map((name) => join(folder, name));
  const newestFirst = files.map((file) => ({ file, time: statSync(file).mtimeMs })).toSorted((a, b) => b.time - a.time);
  for (const { file } of newestFirst.slice(MOST_KEPT)) rmSync(file, { force: true });
}
