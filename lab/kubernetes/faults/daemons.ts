/** Lets a node's own programs stand still, and go on. */
import type { ClusterNode } from '../state.ts';
import type { Scene } from './scene.ts';

export async function signal(scene: Scene, program: 'kubelet' | 'kube-proxy', what: 'STOP' | 'CONT'): Promise<void> {
  for (const node of scene.cluster.nodes) await signalOn(scene, node, { program, what });
}

/** By its number in the node's own PID namespace, which has no others of that name. */
export async function signalOn(
  scene: Scene,
  node: ClusterNode,
  { program, what }: { readonly program: 'kubelet' | 'kube-proxy'; readonly what: 'STOP' | 'CONT' },
): Promise<void> {
  const pid = (await scene.onNode(node, ['pgrep', '-x', program])).trim();
  await scene.onNode(node, ['sh', '-c', `kill -${what} ${pid}`]);
}
