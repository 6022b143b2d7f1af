/** A fault that is made in a running cluster and mended again, and what should be found of it. */
import type { SuspicionCode } from '../../../src/model/index.ts';
import type { Target } from '../matrix/targets.ts';
import type { ClusterOptions } from '../up.ts';
import type { Scene } from './scene.ts';

export interface Fault {
  readonly name: string;
  /** Clusters in which there is something to break; all where it is not given. */
  readonly only?: (wiring: Pick<ClusterOptions, 'proxy' | 'flannel'>) => boolean;
  /** What must be there before; it stays. */
  readonly prepare?: (scene: Scene) => Promise<void>;
  /** Whom the client on the last node asks, in both families; the pod `solo` on the first where it is not given. */
  readonly asks?: (scene: Scene) => Promise<readonly Target[]>;
  /** In both families. Returns when it has taken effect. */
  readonly make: (scene: Scene) => Promise<void>;
  readonly mend: (scene: Scene) => Promise<void>;
  /** Among the findings of every answer. */
  readonly finds: SuspicionCode;
  /** In its place where kube-proxy's nftables mode itself refuses ports that no service has. */
  readonly findsWithNftables?: SuspicionCode;
  /** Why the client is served all the same; a fault stops the connection where it is not given. */
  readonly isServed?: string;
  /** Absent: skoop must know. */
  readonly isUnknown?: Unknown;
  /** Seconds after which silence is a drop, where an error comes late. */
  readonly patience?: number;
  /** Nodes that can't be looked at while it lasts. */
  readonly unseen?: (scene: Scene) => readonly string[];
}

/** Something that no dump shows decides. */
export interface Unknown {
  readonly why: string;
  /** Where skoop may know all the same, and is right then: what a dump may have besides. */
  readonly unless?: string;
  /** The proof: it is made otherwise, nothing of the nodes is touched, and the kernel's answer is another one. */
  readonly otherwise: Pick<Fault, 'make' | 'mend'>;
}

/** Of one family: 0 is IPv4, 1 is IPv6. */
export type Line = (scene: Scene, at: 0 | 1) => string;

/** A command that makes the fault and one that mends it, for each family, in the network namespace of a place. */
export function commands(place: (scene: Scene) => string, make: Line, mend: Line): Pick<Fault, 'make' | 'mend'> {
  const run = (line: Line) => async (scene: Scene) => scene.run(place(scene), [line(scene, 0), line(scene, 1)]);
  return { make: run(make), mend: run(mend) };
}

export const near = (scene: Scene): string => scene.near.name;
export const far = (scene: Scene): string => scene.far.name;
