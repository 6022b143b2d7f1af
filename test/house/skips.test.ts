import { describe, expect, it } from 'vitest';
// @ts-expect-error: a plain script that must run without anything installed
import { isJustified } from '../../scripts/run/skips.mjs';

const judge = isJustified as (note: string) => Promise<boolean>;

describe('a skipped test in CI', () => {
  it.each([
    ['', false],
    ['too slow', false],
    ['needs patience', false],
    ['needs linux', process.platform !== 'linux'],
    ['needs the tool node-that-nobody-has', true],
    ['needs linux and the tool node-that-nobody-has', true],
    ['needs linux, the tool sh', process.platform !== 'linux'],
    ['the kernel judges: needs root', process.getuid?.() !== 0],
  ])('%j holds as a reason: %s', async (note, expected) => {
    expect(await judge(note)).toBe(expected);
  });
});
