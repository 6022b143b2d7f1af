/** What this run is called in the cluster. */
import { createHash, randomBytes } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import type { CollectorImage, RunIdentity } from '../../collector/live/index.ts';
import type { Context } from '../../context/context.ts';
import { imageFlags, namespaceFlags } from '../live-flags.ts';
import { VERSION } from '../version.ts';

export function newIdentity(context: Context): RunIdentity {
  return {
    namespace: context.values(namespaceFlags)['collector-namespace'],
    run: randomBytes(4).toString('hex'),
    starter: starter(),
  };
}

/** Same account, same machine, same mark; who and where can't be read from it. */
export function starter(): string {
  return createHash('sha256').update(`${hostname()} ${accountName()}`).digest('hex').slice(0, 10);
}

/** An account of a container may have no name. */
function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? '');
  }
}

export function collectorImage(context: Context): CollectorImage {
  const flags = context.values(imageFlags);
  return {
    image: flags['collector-image'] ?? `skoop/collector:${VERSION}`,
    pullPolicy: flags['collector-image-pull-policy'],
  };
}
