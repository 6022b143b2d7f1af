/**
 * A plugin to copy. Rename the folder, fill in the functions, add a line to registry.ts, a fixture and its test.
 * Judge by effect (where does the route lead, what do the rules do), name the real objects in every message, and say
 * nothing about what is not on the path.
 */
import { genericPlugin } from '../generic/index.ts';
import type { PluginEntry } from '../plugin.ts';

export const template: PluginEntry = {
  name: 'template',
  create: () => ({
    ...genericPlugin,
    name: 'template',
    detect: () => undefined,
    describe: () => [],
    checkNode: (check) => genericPlugin.checkNode(check),
    checkPod: (check) => genericPlugin.checkPod(check),
    linkTypeBetweenNodes: () => 'infra',
  }),
};
