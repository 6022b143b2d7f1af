/** What one look costs a node: the container's own cgroup counts the processor time and the memory of all that ran in it. */
import { collectorScript } from '../../src/collector/script.ts';
import type { List, Metadata } from '../../lab/kubernetes/api.ts';
import type { RunningCluster } from '../../lab/kubernetes/index.ts';

interface Pod {
  readonly metadata: Metadata;
  readonly spec: { readonly nodeName?: string; readonly hostNetwork?: boolean };
  readonly status: { readonly phase?: string };
}

const CGROUP = '/sys/fs/cgroup';
/** As the command line runs it; then what it cost, on a line of its own on standard error. */
const SCRIPT = `before=$(cat ${CGROUP}/cpuacct/cpuacct.usage)
sh -s -- "$@" | gzip -1 | wc -c
echo "$before $(cat ${CGROUP}/cpuacct/cpuacct.usage) $(cat ${CGROUP}/memory/memory.max_usage_in_bytes)"`;

/** Of the first node, by its agent: the host and two pods, and all its namespaces. A line for each. */
export async function costOfCollector(cluster: RunningCluster): Promise<readonly string[]> {
  const node = cluster.nodes[0]!.name;
  const { items } = await cluster.api.get<List<Pod>>('/api/v1/pods');
  const here = items.filter(({ spec, status }) => spec.nodeName === node && status.phase === 'Running');
  const agent = here.find(({ metadata }) => metadata.name.startsWith('skoop-agent'));
  if (agent === undefined) throw new Error(`no agent on ${node}`);
  const pods = here.filter(({ spec }) => spec.hostNetwork !== true);
  const [one, two] = pods.map(({ metadata }) => metadata.uid);
  const asked: readonly { readonly what: string; readonly words: readonly string[] }[] = [
    { what: 'the host and two pods, no others', words: ['--', one!, two!] },
    { what: `the host and two pods, and ${pods.length - 2} others in brief`, words: ['-b', '--', one!, two!] },
    { what: `the host and all ${pods.length} pods`, words: ['--'] },
  ];
  const lines: string[] = [];
  for (const { what, words } of asked) {
    const exec = ['exec', '-i', '-n', agent.metadata.namespace, agent.metadata.name, '--'];
    const { code, stdout, stderr } = await cluster.kubectl([...exec, 'sh', '-c', SCRIPT, 'sh', '-n', node, ...words], {
      stdin: `${collectorScript()}\n`,
    });
    if (code !== 0) throw new Error(stderr);
    const [bytes = 0, before = 0, after = 0, peak = 0] = stdout.trim().split(/\s+/).map(Number);
    lines.push(
      `${what}: ${((after - before) / 1e9).toFixed(2)} s of a processor, at most ${(peak / 2 ** 20).toFixed(0)} MiB so far, ${Math.ceil(bytes / 1024)} KiB sent`,
    );
  }
  return lines;
}
