/** From the flags to a Network that can be asked. */
import type { Context } from '../context/context.ts';
import type { Network } from '../network/index.ts';
import { bundleFlags } from './flags.ts';
import { NoBundleError } from './live.ts';

/** Throws InputError for a damaged bundle and {@link NoBundleError} where none was named. */
export async function openNetworkFor(context: Context): Promise<Network> {
  const { bundle: file } = context.values(bundleFlags);
  if (file === undefined) throw new NoBundleError();
  const [{ openBundle }, { bundleCollector }, { openNetwork }] = await Promise.all([
    import('../bundle/open.ts'),
    import('../collector/collector-manager.ts'),
    import('../provider/index.ts'),
  ]);
  const bundle = openBundle(file);
  return openNetwork({ objects: bundle.objects, collector: bundleCollector(bundle) }, context);
}
