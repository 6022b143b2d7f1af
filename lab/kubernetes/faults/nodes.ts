/** Nodes that the cluster hears nothing of any more. */
import type { Node } from '../matrix/objects.ts';
import { signalOn } from './daemons.ts';
import { far, type Fault } from './fault.ts';
import type { Scene } from './scene.ts';

export const NODES: readonly Fault[] = [
  {
    name: 'the kubelet of the node of the server stands still',
    make: async (scene) => {
      await signalOn(scene, scene.far, { program: 'kubelet', what: 'STOP' });
      await isReady(scene, false);
    },
    mend: async (scene) => {
      await signalOn(scene, scene.far, { program: 'kubelet', what: 'CONT' });
      await isReady(scene, true);
    },
    finds: 'NODE_NOT_READY',
    isServed: 'the pods of a node run on without its kubelet',
  },
  {
    name: 'the node of the server is gone',
    make: async (scene) => scene.run('lan', [`ip link set ${far(scene)} down`]),
    mend: async (scene) => scene.run('lan', [`ip link set ${far(scene)} up`]),
    finds: 'STATE_MISSING',
    isUnknown: {
      why: 'nothing can be had from the node',
      otherwise: {
        make: async (scene) => scene.run('lan', [`ip link set ${far(scene)} up`]),
        mend: async (scene) => scene.run('lan', [`ip link set ${far(scene)} down`]),
      },
    },
    unseen: (scene) => [far(scene)],
  },
];

async function isReady(scene: Scene, wanted: boolean): Promise<void> {
  await scene.until(`${far(scene)} is ${wanted ? '' : 'not '}ready`, async () => {
    const { status } = await scene.cluster.api.get<Node>(`/api/v1/nodes/${far(scene)}`);
    return status.conditions.some(({ type, status }) => type === 'Ready' && (status === 'True') === wanted);
  });
}
