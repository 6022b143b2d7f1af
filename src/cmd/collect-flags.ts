/** Flags of `skoop collect`. */
import { defineFlags } from '../context/flags.ts';

export const collectFlags = defineFlags('Collector', {
  'node-name': {
    type: 'string',
    placeholder: 'NAME',
    help: "the node's name in Kubernetes (default: the host's name)",
  },
  pods: {
    type: 'strings',
    placeholder: 'UID|IP,…',
    help: 'only these pods and the host: UIDs, addresses, names under /run/netns (default: all)',
  },
  'this-namespace': {
    type: 'boolean',
    default: false,
    help: "take the namespace that this runs in for the host's, not that of process 1",
  },
  'tool-timeout': { type: 'duration', default: '10s', help: 'time limit of each tool' },
  output: { type: 'string', short: 'o', placeholder: 'FILE|-', default: '-', help: 'where the dump goes' },
  'print-script': { type: 'boolean', default: false, help: 'print the script that does it, for a node without skoop' },
});
