/** Flags of `skoop bundle create`. */
import { defineFlags } from '../context/flags.ts';

export const createFlags = defineFlags('Bundle', {
  objects: {
    type: 'strings',
    isVariadic: true,
    placeholder: 'FILE',
    help: 'what kubectl get … -o json or yaml printed',
  },
  dump: {
    type: 'strings',
    isVariadic: true,
    placeholder: 'FILE',
    help: 'what collect.sh or skoop collect printed, one per node',
  },
  output: { type: 'string', short: 'o', placeholder: 'FILE|-', help: 'the bundle' },
});

export const redactFlags = defineFlags('Bundle', {
  redact: {
    type: 'boolean',
    default: false,
    help: 'leave out what is not about the network: environment, other annotations, command lines',
  },
});
