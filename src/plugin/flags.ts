/** Flags about network plugins that belong to none of them, or to one that has no plugin here yet. */
import { defineFlags } from '../context/index.ts';

export const pluginFlags = defineFlags('Cluster config', {
  'network-plugin': {
    type: 'string',
    placeholder: 'NAME',
    help: 'network plugin of the cluster, such as flannel; detected where absent',
  },
});

/** Calico has no plugin of its own yet: it is held to what every CNI must give. The flags are taken, so that scripts run. */
export const calicoFlags = defineFlags('Calico', {
  'calico-host-interface': { type: 'string', isHidden: true, help: "the node's outer interface" },
  'calico-host-mtu': { type: 'integer', default: 1500, isHidden: true, help: "the outer interface's MTU" },
  'calico-ipip-pod-mtu': { type: 'integer', default: 1480, isHidden: true, help: 'MTU of pods with IPIP' },
  'calico-pod-mtu': { type: 'integer', default: 1500, isHidden: true, help: 'MTU of pods without IPIP' },
});
