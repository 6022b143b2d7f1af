/** Flags of `skoop bundle capture`. */
import { defineFlags } from '../context/flags.ts';

export const captureFlags = defineFlags('Bundle', {
  nodes: { type: 'strings', placeholder: 'NAME,…', help: 'these nodes' },
  all: { type: 'boolean', default: false, help: 'all nodes' },
  output: { type: 'string', short: 'o', placeholder: 'FILE|-', help: 'the bundle' },
});
