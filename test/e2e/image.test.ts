/** The collector's own image, as deploy/collector/Dockerfile makes it, on the nodes of a cluster. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import {
  COLLECTOR,
  COLLECTOR_BUILD_TOOLS,
  collectorArchive,
  isCollectorBuilt,
} from '../../lab/kubernetes/build/collector-image.ts';
import { isEverythingBuilt, missing, stopCluster } from '../../lab/kubernetes/index.ts';
import { openBundle } from '../../src/bundle/index.ts';
import { openLiveCluster, type LiveCluster } from './live-cluster.ts';

const lacking = isCollectorBuilt()
  ? undefined
  : COLLECTOR_BUILD_TOOLS.find((tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0);
const why = missing(isEverythingBuilt()) ?? (lacking === undefined ? undefined : `needs the tool ${lacking}`);
const NAME = `image-${process.pid}`;
let live: LiveCluster;

beforeAll(async () => {
  if (why !== undefined) return;
  const [archive, opened] = await Promise.all([collectorArchive(), openLiveCluster(NAME)]);
  live = opened;
  await live.cluster.loadImage(archive);
}, 600_000);
afterAll(async () => {
  if (why === undefined && process.env['SKOOP_E2E_CLUSTER'] === undefined) await stopCluster(NAME);
});
/** Where no cluster can be built, or Debian's tools that make the image are not there; `npm run e2e` installs them as root. */
function skipUnlessPossible(context: TestContext): void {
  if (why !== undefined) context.skip(why);
}

describe("the collector's own image", { timeout: 60_000 }, () => {
  const ask = ['-s', 'shop/client-2', '-d', 'svc/shop/web', '-p', '80', '--collector-image', COLLECTOR];
  const never = ['--collector-image-pull-policy', 'Never'];

  it('has all tools that the script asks for', async (context) => {
    skipUnlessPossible(context);
    const { stdout } = await live.skoop([...ask, ...never, '--save-bundle', 'own-image.skoop']);
    expect(stdout).toMatch(/^✔ REACHABLE/);
    const bundle = openBundle(join(live.folder, 'own-image.skoop'));
    const failed = bundle.nodes.flatMap((node) =>
      bundle
        .dump(node)!
        .netns.flatMap(({ sections }) =>
          Object.entries(sections).flatMap(([name, { exitCode, stderr }]) => (exitCode === 0 ? [] : [[name, stderr]])),
        ),
    );
    expect(failed).toEqual([]);
  });

  it('opens a connection for --probe', async (context) => {
    skipUnlessPossible(context);
    expect((await live.skoop([...ask, ...never, '--probe'])).stdout).toContain('was answered, as simulated');
  });
});
