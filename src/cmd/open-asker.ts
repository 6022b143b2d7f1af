/** From the flags to what can be asked: a bundle, or the running cluster. */
import type { PacketPath } from '../model/path.ts';
import type { Ask } from '../network/index.ts';
import type { CommandInput } from './command.ts';
import { bundleFlags, taskFlags } from './flags.ts';
import { collectorFlags } from './live-flags.ts';
import { UsageError } from './usage-error.ts';

export interface Asker {
  diagnose(ask: Ask): Promise<PacketPath>;
  /** After the answers were given: saves what they rest on, where that was asked for. */
  save(): Promise<void>;
  /** Leaves nothing behind; to be called however the work went. */
  end(): Promise<void>;
}

/** Throws InputError for a damaged bundle and ApiError where the cluster can't be asked. */
export async function openAsker(input: CommandInput): Promise<Asker> {
  const { context } = input;
  const { bundle: file, 'save-bundle': target } = context.values(bundleFlags);
  if (file === undefined) return (await import('./live/open.ts')).openLiveAsker(input);
  const given = [
    ...(target === undefined ? [] : ['--save-bundle']),
    ...(context.values(taskFlags).probe ? ['--probe'] : []),
    ...(context.values(collectorFlags).dump.length === 0 ? [] : ['--dump']),
  ];
  if (given.length > 0) throw new UsageError(`${given[0]} is for a running cluster, not for a bundle`);
  const [{ openBundle }, { bundleCollector }, { openNetwork }] = await Promise.all([
    import('../bundle/open.ts'),
    import('../collector/collector-manager.ts'),
    import('../provider/index.ts'),
  ]);
  const bundle = openBundle(file);
  const network = await openNetwork({ objects: bundle.objects, collector: bundleCollector(bundle) }, context);
  return {
    diagnose: async (ask) => network.diagnose(ask),
    save: async () => {},
    end: async () => {},
  };
}
