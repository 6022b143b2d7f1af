/** Every plugin there is, and which one a cluster has. A new plugin is a folder and a line here. */
import type { Context } from '../context/index.ts';
import type { Cluster } from '../k8s/index.ts';
import { pluginFlags } from './flags.ts';
import { flannel } from './flannel/index.ts';
import { generic } from './generic/index.ts';
import type { Detection, Plugin, PluginEntry } from './plugin.ts';

/** In the order in which they are asked; generic takes whatever is left. */
const PLUGINS: readonly PluginEntry[] = [flannel, generic];

export interface ChosenPlugin {
  readonly plugin: Plugin;
  readonly detection: Detection;
}

/**
 * The plugin that the user named, else the first that knows the cluster. Never fails: a name that has no plugin here
 * is held to what every CNI must give, and `detection` says so.
 */
export function choosePlugin(cluster: Cluster, context: Context): ChosenPlugin {
  const asked = context.values(pluginFlags)['network-plugin'];
  const entry = asked === undefined ? undefined : PLUGINS.find((one) => one.name === asked.toLowerCase());
  if (entry !== undefined)
    return { plugin: entry.create(context), detection: { plugin: entry.name, from: 'flag --network-plugin' } };
  if (asked !== undefined) {
    return {
      plugin: generic.create(context),
      detection: { plugin: 'generic', from: `flag --network-plugin: nothing is known about ${asked} in particular` },
    };
  }
  for (const one of PLUGINS) {
    const plugin = one.create(context);
    const detection = plugin.detect(cluster);
    if (detection !== undefined) return { plugin, detection };
  }
  return { plugin: generic.create(context), detection: { plugin: 'generic', from: 'nothing named a network plugin' } };
}
