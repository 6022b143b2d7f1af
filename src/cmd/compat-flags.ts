/**
 * Flags of KubeSkoop that configure a live diagnosis. They are accepted, so that its users' scripts run unchanged;
 * with a bundle there is nothing for them to do.
 */
import { defineFlags } from '../context/flags.ts';

export const liveClusterFlags = defineFlags('Cluster config', {
  'kube-config': {
    type: 'string',
    placeholder: 'FILE',
    aliases: ['kubeconfig'],
    help: 'kubeconfig of a live cluster; else KUBECONFIG, ~/.kube/config, the service account of the pod that this is',
  },
  context: { type: 'string', placeholder: 'NAME', help: 'context of the kubeconfig; its current one where absent' },
});

export const cloudFlags = defineFlags('Cluster config', {
  'cloud-provider': {
    type: 'string',
    default: 'generic',
    choices: ['generic', 'aliyun'],
    isHidden: true,
    help: 'what is between the nodes',
  },
});

export const liveCollectorFlags = defineFlags('Collector', {
  'collector-image': { type: 'string', placeholder: 'IMAGE', help: 'image of the collector pod', isHidden: true },
  'collector-image-pull-policy': { type: 'string', help: "the collector pod's imagePullPolicy", isHidden: true },
  'collector-namespace': { type: 'string', default: 'skoop', help: 'namespace of the collector pod', isHidden: true },
  'collector-pod-wait-interval': {
    type: 'duration',
    default: '2s',
    help: 'how often to look whether the pod is ready',
    isHidden: true,
  },
  'collector-pod-wait-timeout': {
    type: 'duration',
    default: '2m',
    help: 'how long to wait for the pod',
    isHidden: true,
  },
  'preserve-collector-pod': { type: 'boolean', default: false, help: 'leave the collector pod there', isHidden: true },
  'collector-cri-address': { type: 'string', help: 'not needed: no container runtime is asked', isHidden: true },
});

export const aliyunFlags = defineFlags('Aliyun', {
  'aliyun-access-key-id': { type: 'string', help: 'access key', isHidden: true },
  'aliyun-access-key-secret': { type: 'string', help: 'secret of the access key', isHidden: true },
  'aliyun-security-token': { type: 'string', help: 'token of a temporary access key', isHidden: true },
});
