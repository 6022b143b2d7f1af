/** A real Kubernetes for tests: start one, or attach to one that runs. */
export { missing } from './available.ts';
export { isEverythingBuilt } from './build/everything.ts';
export { startCluster, type ClusterOptions } from './up.ts';
export { withCluster } from './with-cluster.ts';
export { attachCluster, type RunningCluster } from './running-cluster.ts';
export { stopCluster, stopStaleClusters } from './down.ts';
export type { ClusterProbe } from './prober.ts';
export type { Place, PodPlace } from './places.ts';
export { toolsRoot } from './build/images.ts';
export { writeOciArchive, type Image, type Layer, type LayerFile } from './build/oci-archive.ts';
export { differences, machineState } from './machine-state.ts';
export { clusterNames, folderOf } from './state.ts';
export { AUDIT_LOG, AUDITED } from './control-plane.ts';
