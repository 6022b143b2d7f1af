/** Flags of what asks a running cluster. */
import { defineFlags } from '../context/flags.ts';

export const liveClusterFlags = defineFlags('Cluster config', {
  'kube-config': {
    type: 'string',
    placeholder: 'FILE',
    aliases: ['kubeconfig'],
    help: 'kubeconfig of the cluster (default: KUBECONFIG, ~/.kube/config, or the account of the pod that this runs in)',
  },
  context: { type: 'string', placeholder: 'NAME', help: "context of the kubeconfig (default: the file's current one)" },
});

export const namespaceFlags = defineFlags('Collector', {
  'collector-namespace': {
    type: 'string',
    placeholder: 'NAME',
    default: 'skoop',
    help: 'namespace of collector pods and agent',
  },
});

export const imageFlags = defineFlags('Collector', {
  'collector-image': {
    type: 'string',
    placeholder: 'IMAGE',
    help: 'image of the collector: any that has sh and nsenter (default skoop/collector of this version)',
  },
  'collector-image-pull-policy': {
    type: 'string',
    default: 'IfNotPresent',
    choices: ['Always', 'IfNotPresent', 'Never'],
    help: "the collector's imagePullPolicy",
  },
  'collector-pod-wait-timeout': { type: 'duration', default: '2m', help: 'how long a collector may take to start' },
});

export const collectorFlags = defineFlags('Collector', {
  agent: {
    type: 'string',
    default: 'auto',
    choices: ['auto', 'never', 'only'],
    help: 'use the agent where it runs, never, or nothing else',
  },
  dump: {
    type: 'strings',
    isVariadic: true,
    placeholder: 'FILE',
    help: 'nodes whose dump was taken by hand (skoop collect): they are not collected again',
  },
  'collector-deadline': {
    type: 'duration',
    default: '5m',
    help: 'after this the cluster itself removes collector pods, whatever became of who started them',
  },
  'preserve-collector-pod': {
    type: 'boolean',
    default: false,
    help: 'leave the collector pods until their deadline',
  },
  'collector-pod-wait-interval': {
    type: 'duration',
    default: '2s',
    help: 'not needed: pods are watched',
    isHidden: true,
  },
  'collector-cri-address': { type: 'string', help: 'not needed: no container runtime is asked', isHidden: true },
});

export const progressFlags = defineFlags('UI config', {
  quiet: { type: 'boolean', short: 'q', default: false, help: 'no progress on standard error' },
});

export const cleanupFlags = defineFlags('Collector', {
  all: { type: 'boolean', default: false, help: "remove other people's too, also of diagnoses that run now" },
});
