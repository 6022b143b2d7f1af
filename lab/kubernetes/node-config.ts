/** The configuration files of a node: containerd's, kubelet's, kube-proxy's and the network plugin's. */
import { CLUSTER_CIDRS, CLUSTER_DNS } from './addresses.ts';
import { PAUSE } from './build/images.ts';
import type { FlannelBackend, ProxyMode } from './state.ts';

/** As in a container without CAP_SYS_RESOURCE: no process can be made less likely to be killed. */
export const CONTAINERD = `version = 2
oom_score = 0
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${PAUSE}"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "/etc/cni/net.d"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
`;

export type FeatureGates = Readonly<Record<string, boolean>>;

/** Of the API server and of kubelet. */
export const PASSING_WEB_SOCKETS: FeatureGates = {
  TranslateStreamCloseWebsocketRequests: false,
  ExtendWebSocketsToKubelet: false,
};

interface KubeletFiles {
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
  readonly resolvConf: string;
}

export const kubelet = (cgroup: string, files: KubeletFiles, gates: FeatureGates): unknown => ({
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  kind: 'KubeletConfiguration',
  featureGates: gates,
  authentication: {
    anonymous: { enabled: false },
    webhook: { enabled: true },
    x509: { clientCAFile: files.authority },
  },
  authorization: { mode: 'Webhook' },
  tlsCertFile: files.certificate,
  tlsPrivateKeyFile: files.key,
  containerRuntimeEndpoint: 'unix:///run/containerd/containerd.sock',
  clusterDNS: [CLUSTER_DNS],
  clusterDomain: 'cluster.local',
  resolvConf: files.resolvConf,
  cgroupDriver: 'cgroupfs',
  cgroupRoot: `/${cgroup}`,
  failCgroupV1: false,
  failSwapOn: false,
  serializeImagePulls: false,
  // renewed four times as often
  nodeLeaseDurationSeconds: 16,
  // the disk is the machine's, and so is how full it is
  evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
  imageGCHighThresholdPercent: 100,
  imageGCLowThresholdPercent: 99,
  maxOpenFiles: 20_000,
  oomScoreAdj: 0,
});

export const kubeProxy = (node: string, mode: ProxyMode, kubeconfig: string): unknown => ({
  apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
  kind: 'KubeProxyConfiguration',
  mode,
  clusterCIDR: CLUSTER_CIDRS,
  hostnameOverride: node,
  clientConnection: { kubeconfig },
  oomScoreAdj: 0,
  // these are read-only in a network namespace; 0 leaves them alone
  conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
});

/** What flannel's own plugin hands to the bridge plugin: it is no Go module that could be built here. */
export const network = (backend: FlannelBackend, podCidrs: readonly string[]): unknown => ({
  name: 'cbr0',
  cniVersion: '0.3.1',
  plugins: [
    {
      type: 'bridge',
      bridge: 'cni0',
      mtu: backend === 'vxlan' ? 1450 : 1500,
      isGateway: true,
      isDefaultGateway: true,
      hairpinMode: true,
      ipMasq: false,
      ipam: {
        type: 'host-local',
        ranges: podCidrs.map((subnet) => [{ subnet }]),
        routes: CLUSTER_CIDRS.split(',').map((dst) => ({ dst })),
      },
    },
    { type: 'portmap', capabilities: { portMappings: true } },
  ],
});
