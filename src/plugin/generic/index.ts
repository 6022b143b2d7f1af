/** What every CNI must give, whatever it is called. */
import type { Plugin, PluginEntry } from '../plugin.ts';
import { checkForwarding } from './forwarding.ts';
import { checkPodHostSide } from './host-side.ts';
import { checkPodInterface } from './pod-interface.ts';

export const genericPlugin: Plugin = {
  name: 'generic',
  detect: () => ({ plugin: 'generic', from: 'nothing named a network plugin' }),
  describe: () => [],
  checkNode: (check) => checkForwarding(check),
  checkPod: (check) => [...checkPodInterface(check), ...checkPodHostSide(check)],
  linkTypeBetweenNodes: () => 'infra',
};

export const generic: PluginEntry = { name: 'generic', create: () => genericPlugin };
