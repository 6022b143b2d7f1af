/**
 * README's example of a running cluster: what a diagnosis of the laboratory's cluster printed, which the bundle that it
 * saved prints again. Without words README is written, `--check` fails where it is stale; `--capture` starts the cluster
 * (or takes the one that SKOOP_E2E_CLUSTER names), makes the fault in it and takes the bundle anew.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { withCluster, type RunningCluster } from '../lab/kubernetes/index.ts';
import { printed } from './printed.ts';

const README = 'README.md';
const BUNDLE = 'examples/live-fault.skoop';
const QUESTION = ['-s', 'shop/client-2', '-d', 'svc/shop/web', '-p', 'http'];
const FORWARDING = 'net.ipv4.ip_forward';
const PLACE = /(<!-- live example, by npm run docs -->\n)[\s\S]*?(<!-- end of it -->)/;
const PROGRAM = fileURLToPath(new URL('../dist/skoop.cjs', import.meta.url));
const MOST_BYTES = 100 * 1024;

const replayed = async (): Promise<string> =>
  printed([...QUESTION, '--bundle', BUNDLE], { isTTY: false, width: 100, env: {} });

async function capture(): Promise<void> {
  await withCluster('example', async (cluster) => {
    const live = await withFault(cluster, () => askLive(cluster.kubeconfig));
    if (live !== (await replayed())) throw new Error(`the live run printed something else:\n${live}`);
    const { length } = readFileSync(BUNDLE);
    if (length > MOST_BYTES) throw new Error(`${BUNDLE} has ${length} bytes, more than ${MOST_BYTES}`);
  });
}

/** As a hardening tool does it: the first node does not forward. */
async function withFault<T>(cluster: RunningCluster, work: () => T): Promise<T> {
  const node = cluster.nodes[0]!.name;
  const set = async (value: 0 | 1): Promise<void> => {
    const { code, stderr } = await cluster.exec(node, ['sysctl', '-qw', `${FORWARDING}=${value}`]);
    if (code !== 0) throw new Error(stderr);
  };
  await set(0);
  try {
    return work();
  } finally {
    await set(1);
  }
}

function askLive(kubeconfig: string): string {
  const words = [...QUESTION, '--collector-image=localhost/lab/tools:1', '--save-bundle', BUNDLE];
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...words], {
    env: { ...process.env, KUBECONFIG: kubeconfig },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

if (process.argv.includes('--capture')) await capture();
const example = `\n    $ skoop ${QUESTION.join(' ')}\n${indented(await replayed())}\n`;
const before = readFileSync(README, 'utf8');
const after = before.replace(PLACE, (_, begin: string, end: string) => `${begin}${example}${end}`);
if (!process.argv.includes('--check')) writeFileSync(README, after);
else if (before !== after || !PLACE.test(before)) {
  console.error(`${README} does not show what ${BUNDLE} prints now: npm run docs`);
  process.exitCode = 1;
}

function indented(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '    ');
}
