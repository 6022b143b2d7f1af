/** Flags that say what flannel's own configuration would otherwise tell. */
import { defineFlags } from '../../context/index.ts';

export const flannelFlags = defineFlags('Flannel', {
  'flannel-backend-type': {
    type: 'string',
    placeholder: 'TYPE',
    help: 'backend, such as vxlan or host-gw; detected where absent',
  },
  'flannel-bridge': { type: 'string', default: 'cni0', help: "the pods' bridge" },
  'flannel-host-interface': {
    type: 'string',
    placeholder: 'DEVICE',
    help: "the nodes' outer interface; detected where absent",
  },
  'flannel-ip-masq': {
    type: 'boolean',
    default: true,
    help: 'whether flannel masquerades what leaves the pod network',
  },
  'flannel-pod-mtu': {
    type: 'integer',
    min: 68,
    max: 65535,
    placeholder: 'BYTES',
    help: "the pods' MTU; detected where absent",
  },
});
