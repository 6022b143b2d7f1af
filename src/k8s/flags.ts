/** Flags that say what detection would otherwise find out about the cluster. */
import { defineFlags } from '../context/flags.ts';

export const clusterFlags = defineFlags('Cluster config', {
  'cluster-cidr': { type: 'string', placeholder: 'CIDR,…', help: "the pods' address blocks; detected where absent" },
  'service-cidr': {
    type: 'string',
    placeholder: 'CIDR,…',
    help: "the services' address blocks; detected where absent",
  },
  'proxy-mode': {
    type: 'string',
    choices: ['iptables', 'ipvs', 'nftables'],
    help: 'mode of kube-proxy; detected where absent',
  },
});
