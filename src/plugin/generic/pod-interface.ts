/** Inside a pod: an interface that is up, with the pod's addresses, and a default route in each of its families. */
import { ip as address } from '../../model/address.ts';
import type { Family, IP } from '../../model/address.ts';
import { LEVEL } from '../../model/suspicion.ts';
import type { Suspicion } from '../../model/suspicion.ts';
import { complain, NetstackAssertion, outsideAddress, routesTo } from '../../assertions/index.ts';
import type { Subject } from '../../assertions/index.ts';
import { idOf } from '../../k8s/index.ts';
import type { PodCheck } from '../plugin.ts';

export function checkPodInterface({ pod, netns }: PodCheck): readonly Suspicion[] {
  const subject: Subject = { id: idOf(pod), ns: netns };
  const { links } = netns;
  if (!links.ok) return [];
  const others = links.value.filter((link) => link.kind.kind !== 'loopback');
  const remedy = `recreate the pod: kubectl -n ${pod.namespace} delete pod ${pod.name}`;
  if (others.length === 0) {
    const message = `pod ${subject.id} has no network interface but loopback`;
    return [complain(subject, { code: 'POD_INTERFACE_MISSING', level: LEVEL.critical, message, remedy }, [])];
  }
  const carriers = new Set(pod.ips.map((ip) => netns.owner(ip)?.dev).filter((dev) => dev !== undefined));
  return [
    ...pod.ips.flatMap((ip) =>
      NetstackAssertion.hasAddress(subject, ip, {
        code: 'POD_ADDRESS_MISMATCH',
        level: LEVEL.critical,
        message: `pod ${subject.id} does not have its address ${ip.text}`,
        remedy,
      }),
    ),
    ...others
      .filter((link) => carriers.has(link.name))
      .flatMap((link) =>
        NetstackAssertion.linkIsUp(subject, link, {
          code: 'POD_INTERFACE_DOWN',
          level: LEVEL.critical,
          message: `interface ${link.name} of pod ${subject.id} is ${link.isUp ? 'without carrier' : 'down'}`,
          remedy: `set it up: ip link set ${link.name} up in the pod's namespace, or ${remedy}`,
        }),
      ),
    ...familiesOf(pod.ips).flatMap((family) => checkDefaultRoute(subject, family, remedy)),
  ];
}

/** By effect: some CNIs have a default route, others two halves of one. */
function checkDefaultRoute(subject: Subject, family: Family, remedy: string): readonly Suspicion[] {
  const answers = routesTo(subject.ns, address(outsideAddress(family)));
  const isThere =
    answers.length === 0 || answers.some((answer) => answer.kind === 'unicast' || answer.kind === 'unknown');
  if (isThere) return [];
  const message = `pod ${subject.id} has no IPv${family} default route`;
  return [
    complain(
      subject,
      { code: 'POD_DEFAULT_ROUTE_MISSING', level: LEVEL.critical, message, remedy },
      answers.flatMap((answer) => answer.evidence),
    ),
  ];
}

function familiesOf(addresses: readonly IP[]): readonly Family[] {
  return [...new Set(addresses.map((ip) => ip.family))];
}
