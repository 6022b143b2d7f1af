/** Colours and text sizes of the SVG. Names and rules are in a monospaced font: its width can be told without measuring. */
import type { Verdict } from '../../model/path.ts';
import type { Level } from '../../model/suspicion.ts';

export const INK = {
  text: '#1f2328',
  quiet: '#59636e',
  line: '#d1d9e0',
  paper: '#ffffff',
  soft: '#f6f8fa',
  code: '#0a3069',
} as const;

export const VERDICT_INK: Readonly<Record<Verdict | 'mixed', string>> = {
  reachable: '#1a7f37',
  unreachable: '#cf222e',
  undetermined: '#9a6700',
  mixed: '#59636e',
};
export const VERDICT_PAPER: Readonly<Record<Verdict, string>> = {
  reachable: '#dafbe1',
  unreachable: '#ffebe9',
  undetermined: '#fff8c5',
};
export const LEVEL_INK: Readonly<Record<Level, string>> = { 0: '#0969da', 1: '#9a6700', 2: '#bc4c00', 3: '#cf222e' };

export const MONO =
  'ui-monospace, SFMono-Regular, Menlo, Consolas, &quot;DejaVu Sans Mono&quot;, &quot;Liberation Mono&quot;, monospace';

/** Width of one column at the given size: 0.602 em in nearly every monospaced font, and a little to spare. */
export const columnWidth = (size: number): number => size * 0.61;
export const lineHeight = (size: number): number => Math.round(size * 1.45);
