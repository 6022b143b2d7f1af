/** A node that routes for pods must forward. */
import type { Family } from '../../model/address.ts';
import { LEVEL } from '../../model/suspicion.ts';
import type { Suspicion } from '../../model/suspicion.ts';
import { NetstackAssertion } from '../../assertions/index.ts';
import type { NodeCheck } from '../plugin.ts';

/** The switches that turn forwarding on; what each interface has decides in the walk. */
const SWITCH: Readonly<Record<Family, { readonly key: string; readonly name: string }>> = {
  4: { key: 'ipv4/ip_forward', name: 'net.ipv4.ip_forward' },
  6: { key: 'ipv6/conf/all/forwarding', name: 'net.ipv6.conf.all.forwarding' },
};

export function checkForwarding({ view, families }: NodeCheck): readonly Suspicion[] {
  if (view.pods.size === 0) return [];
  const subject = { id: view.node.name, ns: view.host };
  return families.flatMap((family) =>
    NetstackAssertion.sysctlIs(subject, SWITCH[family].key, '1', {
      code: 'SYSCTL_UNEXPECTED',
      level: LEVEL.critical,
      message: `node ${view.node.name} does not forward IPv${family}: ${SWITCH[family].name} is off`,
      remedy: `sysctl -w ${SWITCH[family].name}=1, and find what turns it off: grep -r forward /etc/sysctl.conf /etc/sysctl.d`,
    }),
  );
}
