/** Which version of every program the cluster is built from. */
export const VERSIONS = {
  kubernetes: '1.36.3',
  etcd: '3.6.16',
  // newer ones ask for a version of a module that does not exist
  flannel: '0.26.7',
  debian: 'bookworm',
} as const;
