/** Who listens on a cluster's nodes, in every network namespace that a process of theirs is in. */
import type { RunningCluster } from '../../lab/kubernetes/index.ts';

/** One line for each namespace, and one for each TCP or UDP socket in it that takes connections or packets of anybody. */
const SCRIPT = `
ls -l /proc/[0-9]*/ns/net 2>/dev/null | sed -n 's/.* \\([^ ]*\\) -> net:.\\([0-9]*\\).$/\\2 \\1/p' | sort -u -k1,1 |
while read -r inode path; do
  echo "$inode namespace"
  nsenter --net="$path" ss -Hlntu | sed "s/  */ /g; s/^/$inode /" | cut -d' ' -f1,2,6
done`;

/** `node-1 4026532177 tcp *:8080`, sorted. */
export async function listeners(cluster: RunningCluster): Promise<readonly string[]> {
  const ofNodes = await Promise.all(
    cluster.nodes.map(async ({ name }) => {
      const { code, stdout, stderr } = await cluster.inNode(name, ['sh', '-c', SCRIPT]);
      if (code !== 0) throw new Error(stderr);
      return stdout
        .trimEnd()
        .split('\n')
        .map((line) => `${name} ${line}`);
    }),
  );
  return ofNodes.flat().toSorted();
}

/** All that is there at some moment while `work` goes on. */
export async function listenersDuring(cluster: RunningCluster, work: Promise<unknown>): Promise<readonly string[]> {
  let isDone = false;
  const done = work.finally(() => (isDone = true));
  const seen = new Set<string>();
  do for (const line of await listeners(cluster)) seen.add(line);
  while (!isDone);
  await done;
  return [...seen].toSorted();
}
