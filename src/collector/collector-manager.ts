/** Gets the dump of a node when it is asked for, wherever it comes from. */
import type { NoDump, NodeNetworkStackDump } from '../model/dump.ts';
import { InputError } from './input-error.ts';

export interface CollectorManager {
  /**
   * The node's dump, collected or read at the first call and then kept; undefined where nothing is known of the node.
   * Rejects with InputError where there is a dump that can't be read: that concerns this node only.
   */
  dump(nodeName: string): Promise<NodeNetworkStackDump | undefined>;
  /** Names of the nodes that have a dump, or of which one is being taken: asking for another may take seconds. */
  nodes(): readonly string[];
  /** Nodes at which traffic from outside may be tried to come in; those of {@link nodes} where absent. */
  entryNodes?(): readonly string[];
  whyMissing?(nodeName: string): NoDump | undefined;
}

/** What can give dumps by node name; a Bundle is one. */
export interface DumpSource {
  readonly nodes: readonly string[];
  dump(nodeName: string): NodeNetworkStackDump | undefined;
}

/** Dumps of a bundle, each read when it is asked for. */
export function bundleCollector(bundle: DumpSource): CollectorManager {
  const kept = new Map<string, Promise<NodeNetworkStackDump | undefined>>();
  return {
    nodes: () => bundle.nodes,
    dump: async (nodeName) => {
      let dump = kept.get(nodeName);
      if (dump === undefined) {
        dump = (async () => bundle.dump(nodeName))();
        kept.set(nodeName, dump);
      }
      return dump;
    },
  };
}

/** Dumps that are already read. Throws InputError where two are of the same node. */
export function dumpsCollector(dumps: readonly NodeNetworkStackDump[]): CollectorManager {
  const byNode = new Map<string, NodeNetworkStackDump>();
  for (const dump of dumps) {
    if (byNode.has(dump.nodeName))
      throw new InputError({ file: 'dumps' }, `two dumps are of the node ${dump.nodeName}`, {
        remedy: 'Give one dump per node.',
      });
    byNode.set(dump.nodeName, dump);
  }
  return bundleCollector({ nodes: [...byNode.keys()], dump: (nodeName) => byNode.get(nodeName) });
}
