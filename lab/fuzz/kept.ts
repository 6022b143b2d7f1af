/** The kept cases: each was a disagreement once, made small, one JSON file each. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FuzzCase } from './fuzz-case.ts';

const FOLDER = fileURLToPath(new URL('../../test/fixtures/fuzz-kept/', import.meta.url));

export interface Kept {
  /** What disagreed when it was found. */
  readonly was: readonly string[];
  readonly case: FuzzCase;
}

export function readKept(): readonly Kept[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.json'))
    .toSorted()
    .map((file) => JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Kept);
}

/** The file's path. */
export function writeKept(fuzz: FuzzCase, was: readonly string[], folder = FOLDER): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${fuzz.name}.json`);
  writeFileSync(path, `${JSON.stringify({ was, case: fuzz } satisfies Kept, undefined, 2)}\n`);
  return path;
}
