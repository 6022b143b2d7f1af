/** The Kubernetes objects of a site, as the API server would give them for a healthy cluster of that shape. */
import { usableEndpoints } from './rules/kube-proxy.ts';
import type { Site, SiteNode, SitePod, SiteService } from './site.ts';

export type KubernetesObject = Readonly<Record<string, unknown>>;

export function kubernetesObjects(site: Site): KubernetesObject[] {
  const isFlannel = site.scenario.wiring === 'host-gw' || site.scenario.wiring === 'vxlan';
  return [
    ...['default', 'kube-system', 'shop'].map((name) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, uid: `00000000-0000-4000-8000-namespace-${name}` },
    })),
    ...site.nodes.map((node) => nodeObject(site, node)),
    ...site.pods.map((pod) => podObject(pod)),
    ...site.services.flatMap((service) => [serviceObject(site, service), endpointSlice(site, service)]),
    ...(isFlannel ? [flannelConfig(site), flannelDaemonSet()] : []),
  ];
}

function nodeObject(site: Site, node: SiteNode): KubernetesObject {
  const suffix = site.pick('', 'v6-');
  const annotations =
    site.scenario.wiring === 'vxlan'
      ? {
          'flannel.alpha.coreos.com/backend-type': 'vxlan',
          [`flannel.alpha.coreos.com/backend-${suffix}data`]: JSON.stringify({ VNI: 1, VtepMAC: node.vtepMac }),
        }
      : site.scenario.wiring === 'host-gw'
        ? {
            'flannel.alpha.coreos.com/backend-type': 'host-gw',
            [`flannel.alpha.coreos.com/backend-${suffix}data`]: 'null',
          }
        : {};
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: node.name,
      uid: `00000000-0000-4000-8000-00000000000${node.index}`,
      labels: { 'kubernetes.io/hostname': node.name },
      annotations:
        Object.keys(annotations).length > 0
          ? {
              ...annotations,
              'flannel.alpha.coreos.com/kube-subnet-manager': 'true',
              [`flannel.alpha.coreos.com/public-ip${site.pick('', 'v6')}`]: node.ip,
            }
          : {},
    },
    spec: { podCIDR: node.podCIDR, podCIDRs: [node.podCIDR] },
    status: {
      addresses: [
        { type: 'InternalIP', address: node.ip },
        { type: 'Hostname', address: node.name },
      ],
      conditions: [
        { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' },
      ],
      nodeInfo: { kubeletVersion: 'v1.36.3', containerRuntimeVersion: 'containerd://1.6.20' },
    },
  };
}

function podObject(pod: SitePod): KubernetesObject {
  const ready = pod.state === 'ready' ? 'True' : 'False';
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: pod.name,
      namespace: 'shop',
      uid: pod.uid,
      labels: { app: pod.app },
      ...(pod.state === 'terminating' ? { deletionTimestamp: '2026-01-02T03:04:05Z' } : {}),
    },
    spec: {
      nodeName: pod.node.name,
      containers: [
        {
          name: 'main',
          image: 'localhost/lab/echo:1',
          ports: pod.listen
            .filter((listen) => listen.address !== 'loopback')
            .map((listen) => ({
              name: listen.protocol === 'tcp' ? 'http' : 'dns',
              containerPort: listen.port,
              protocol: listen.protocol.toUpperCase(),
              ...(pod.hostPort?.container === listen.port && listen.protocol === 'tcp'
                ? { hostPort: pod.hostPort.host }
                : {}),
            })),
        },
      ],
    },
    status: {
      phase: 'Running',
      hostIP: pod.node.ip,
      podIP: pod.ip,
      podIPs: [{ ip: pod.ip }],
      conditions: [
        { type: 'Ready', status: ready },
        { type: 'ContainersReady', status: ready },
        { type: 'PodScheduled', status: 'True' },
      ],
      containerStatuses: [
        {
          name: 'main',
          ready: ready === 'True',
          containerID: `containerd://${pod.containerId}`,
          restartCount: 0,
          image: 'localhost/lab/echo:1',
          imageID: '',
          state: { running: { startedAt: '2026-01-02T03:04:05Z' } },
        },
      ],
    },
  };
}

function serviceObject(site: Site, service: SiteService): KubernetesObject {
  const { row } = service;
  const type = row.isLoadBalancer === true ? 'LoadBalancer' : row.nodePort !== undefined ? 'NodePort' : 'ClusterIP';
  const isVisible = type !== 'ClusterIP' || row.isExternal === true;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: service.name, namespace: 'shop', uid: `00000000-0000-4000-8000-service-${service.name}` },
    spec: {
      type,
      clusterIP: service.clusterIP,
      clusterIPs: [service.clusterIP],
      ipFamilies: [`IPv${site.family}`],
      ipFamilyPolicy: 'SingleStack',
      selector: { app: row.app },
      internalTrafficPolicy: row.internalTrafficPolicy ?? 'Cluster',
      ...(isVisible ? { externalTrafficPolicy: row.externalTrafficPolicy ?? 'Cluster' } : {}),
      sessionAffinity: row.affinity === true ? 'ClientIP' : 'None',
      ...(row.affinity === true ? { sessionAffinityConfig: { clientIP: { timeoutSeconds: 10800 } } } : {}),
      ...(service.externalIP === undefined ? {} : { externalIPs: [service.externalIP] }),
      ...(row.sourceRanges === undefined ? {} : { loadBalancerSourceRanges: row.sourceRanges(site) }),
      ports: [
        {
          name: service.portName,
          port: row.port,
          targetPort: row.targetPort,
          protocol: service.protocol.toUpperCase(),
          ...(row.nodePort === undefined ? {} : { nodePort: row.nodePort }),
        },
      ],
    },
    status: {
      loadBalancer:
        service.loadBalancerIP === undefined ? {} : { ingress: [{ ip: service.loadBalancerIP, ipMode: 'VIP' }] },
    },
  };
}

function endpointSlice(site: Site, service: SiteService): KubernetesObject {
  const usable = usableEndpoints(service.endpoints);
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    addressType: `IPv${site.family}`,
    metadata: {
      name: `${service.name}-x${site.family}`,
      namespace: 'shop',
      uid: `00000000-0000-4000-8000-slice-${service.name}`,
      labels: {
        'kubernetes.io/service-name': service.name,
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
      },
    },
    endpoints: service.endpoints.map((pod) => ({
      addresses: [pod.ip],
      nodeName: pod.node.name,
      targetRef: { kind: 'Pod', namespace: 'shop', name: pod.name, uid: pod.uid },
      conditions: {
        ready: pod.state === 'ready',
        serving: pod.state !== 'not-ready',
        terminating: pod.state === 'terminating',
      },
    })),
    ports:
      usable.length === 0 && service.endpoints.length === 0
        ? null
        : [{ name: service.portName, port: service.row.targetPort, protocol: service.protocol.toUpperCase() }],
  };
}

function flannelConfig(site: Site): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'kube-flannel-cfg', namespace: 'kube-system' },
    data: {
      'cni-conf.json': JSON.stringify({
        name: 'cbr0',
        cniVersion: '0.3.1',
        plugins: [
          { type: 'flannel', delegate: { hairpinMode: true, isDefaultGateway: true } },
          { type: 'portmap', capabilities: { portMappings: true } },
        ],
      }),
      'net-conf.json': JSON.stringify({
        ...(site.family === 4
          ? { Network: site.clusterCIDR }
          : { EnableIPv4: false, EnableIPv6: true, IPv6Network: site.clusterCIDR }),
        EnableNFTables: false,
        Backend: { Type: site.scenario.wiring },
      }),
    },
  };
}

function flannelDaemonSet(): KubernetesObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'kube-flannel-ds', namespace: 'kube-system' },
    spec: {
      selector: { matchLabels: { app: 'flannel' } },
      template: {
        metadata: { labels: { app: 'flannel' } },
        spec: {
          hostNetwork: true,
          containers: [
            {
              name: 'flanneld',
              image: 'localhost/lab/flanneld:1',
              command: ['flanneld', '--ip-masq', '--kube-subnet-mgr'],
            },
          ],
        },
      },
    },
  };
}
