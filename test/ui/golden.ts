/** Golden texts: compared with test/ui/golden, and written there only when UPDATE_GOLDEN=1 says so. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

const folder = join(dirname(fileURLToPath(import.meta.url)), 'golden');

export function expectGolden(name: string, content: string): void {
  const file = join(folder, name);
  if (process.env['UPDATE_GOLDEN'] === '1') {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, content);
  }
  expect(
    content,
    `differs from golden/${name}; if it should, UPDATE_GOLDEN=1 writes it and a person reads the diff`,
  ).toBe(readFileSync(file, 'utf8'));
}
