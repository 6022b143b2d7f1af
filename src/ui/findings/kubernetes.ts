/** Texts of the findings about pods and nodes that are not what Kubernetes says they should be. */
import type { KubernetesCode, SuspicionInfo } from '../../model/suspicion-codes.ts';

export const KUBERNETES_FINDINGS: Readonly<Record<KubernetesCode, SuspicionInfo>> = {
  POD_NOT_RUNNING: {
    title: 'The pod is not running',
    meaning: 'The pod is pending, has ended or is being deleted, so nothing can answer for its address.',
    confirm: '`kubectl -n NAMESPACE describe pod POD`: the events at its end say why',
    fix: 'Follow the event: image, volume, resources, node selector, taints. Clients should use a Service, which leaves such pods out.',
  },
  POD_NOT_READY: {
    title: 'The pod is not ready',
    meaning:
      'The pod runs, and its readiness probe fails or has not passed yet. Services leave it out; its own address may still answer.',
    confirm:
      'Which probe fails and how: `kubectl -n NAMESPACE describe pod POD`\nIts log: `kubectl -n NAMESPACE logs POD`',
    fix: 'Mend what the probe asks for, or the probe (path, port, timeouts) if the server is well.',
  },
  NODE_NOT_READY: {
    title: 'The node is not ready',
    meaning:
      "The node's kubelet does not report, or reports that the node cannot run pods. Its pods are taken out of Services after a while; its rules and routes may be out of date.",
    confirm:
      '`kubectl describe node NODE`: the conditions\nOn the node: `systemctl status kubelet` and `journalctl -u kubelet -e`',
    fix: 'Mend the condition that is named. "Network plugin is not ready" means that the plugin\'s pod on this node does not run: `kubectl get pods -A -o wide --field-selector spec.nodeName=NODE`',
  },
  DUPLICATE_ADDRESS: {
    title: 'Two have the same address',
    meaning:
      'The same address is on more than one pod, node or interface. Who gets the packet depends on who answered last; connections break or reach the wrong one.',
    confirm:
      '`kubectl get pods -A -o wide | grep ADDRESS`\nOn the link, two MAC addresses that answer: `arping -D -I DEVICE ADDRESS`',
    fix: "Recreate one of the pods. If it comes back, the plugin's address management is out of step: two nodes with the same podCIDR (`kubectl get nodes -o custom-columns=NAME:.metadata.name,CIDR:.spec.podCIDRs`), or leftovers under /var/lib/cni/networks.",
  },
  POD_INTERFACE_MISSING: {
    title: 'The pod has no network interface',
    meaning:
      "The pod's namespace has only loopback: the network plugin did not finish, or the interface was taken away.",
    confirm:
      "In the pod's namespace: `ip link`\nWhat the plugin said: `kubectl -n NAMESPACE describe pod POD` and `journalctl -u kubelet | grep -i cni`",
    fix: "Delete the pod, so that it is wired anew. If new pods have the same, look at the plugin's pod on this node and at /etc/cni/net.d and /opt/cni/bin.",
  },
  POD_INTERFACE_DOWN: {
    title: "The pod's interface is down",
    meaning: 'The interface exists and is not up, or its end on the node is not: no packet passes.',
    confirm: "In the pod's namespace and on the node: `ip link show`; both ends need UP and LOWER_UP",
    fix: 'Set both ends up: `ip link set DEVICE up`. If something takes it down again, look for a manager on the node (NetworkManager, systemd-networkd) that does not leave veth devices alone.',
  },
  POD_ADDRESS_MISMATCH: {
    title: 'The pod does not have the address that Kubernetes gives out',
    meaning:
      "status.podIPs and the addresses on the pod's interface differ: packets for the published address reach a namespace that does not own it, and are discarded or forwarded on.",
    confirm:
      '`kubectl -n NAMESPACE get pod POD -o jsonpath="{.status.podIPs}"` against `ip addr` in the pod\'s namespace',
    fix: 'Recreate the pod. Look for something inside the pod, or an init container with NET_ADMIN, that changes addresses.',
  },
  POD_DEFAULT_ROUTE_MISSING: {
    title: 'The pod has no default route',
    meaning:
      'Without a default route the pod reaches only its own subnet: no Services, no pods of other nodes, and no answers to them.',
    confirm: "In the pod's namespace: `ip route; ip -6 route`",
    fix: 'Recreate the pod. If new pods lack it as well, look at the IPAM section (`isDefaultGateway`, `routes`) of the file in /etc/cni/net.d.\nWith several interfaces (Multus), check which of them should own the default route.',
  },
};
