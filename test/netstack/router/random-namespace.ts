/** Builds a namespace with random state. */
import { namespace, random } from './kernel.ts';
import type { Namespace } from './kernel.ts';
import { ADDRESSES, deviceLines, groupLines, nexthopLines, peerLines, routeLine, ruleLine } from './random-state.ts';

/** The same state for the same seed; the caller removes both. */
export function randomNamespace(seed: number): { readonly ns: Namespace; readonly peer: Namespace } {
  const r = random(seed);
  const peer = namespace();
  const ns = namespace();
  ns.batch(deviceLines(peer.name));
  peer.batch(peerLines());
  ns.batch(ADDRESSES);
  const isHost = seed % 2 === 0;
  ns.run(
    'for f in /proc/sys/net/ipv4/conf/*/rp_filter /proc/sys/net/ipv4/conf/*/send_redirects; do echo 0 > $f; done;' +
      'for f in /proc/sys/net/ipv4/conf/*/accept_local /proc/sys/net/ipv4/conf/*/route_localnet; do echo 1 > $f; done;' +
      `echo 1 > /proc/sys/net/ipv4/ip_forward; echo ${isHost ? 0 : 1} > /proc/sys/net/ipv6/conf/all/forwarding`,
  );
  if (seed % 3 === 0) ns.run('for f in /proc/sys/net/ipv[46]/conf/*/ignore_routes_with_linkdown; do echo 1 > $f; done');
  const routes = [
    ...Array.from({ length: 160 }, () => routeLine(r, 4)),
    ...Array.from({ length: 160 }, () => routeLine(r, 6)),
  ];
  // The kernel keeps what a gateway was when its route came (its own address, say) and does not print it: local first would hide it.
  const isHere = (line: string): boolean => / (local|broadcast) /.test(line.replace(/table .*/, ''));
  // A v6 nexthop object has one cached route for all that use it, whose prefix length is then what a rule suppresses:
  // which one depends on who came first, so a state has either of the two.
  const isLeftOut = (line: string): boolean =>
    line.startsWith('-6') && line.includes(seed % 2 === 0 ? ' nhid ' : ' suppress_');
  ns.batch([...nexthopLines(r, 4), ...nexthopLines(r, 6)]);
  ns.batch([...groupLines(r, 4), ...groupLines(r, 6)]);
  ns.batch([
    ...[...routes.filter((line) => !isHere(line)), ...routes.filter(isHere)].filter((line) => !isLeftOut(line)),
    // Every fourth state keeps the rules that it was born with.
    ...(seed % 4 === 0
      ? []
      : [
          ...Array.from({ length: 14 }, () => ruleLine(r, 4)),
          ...Array.from({ length: 14 }, () => ruleLine(r, 6)).filter((line) => !isLeftOut(line)),
        ]),
    'neigh add fe80::1 dev d0 nud failed',
    'neigh add fe80::2 dev d1 nud failed',
    'neigh add 10.0.0.10 dev d0 nud failed',
    'neigh add 10.1.0.11 dev d1 nud failed',
    'neigh add fe80::3 dev d2 lladdr 02:00:00:00:00:03 nud stale',
  ]);
  return { ns, peer };
}
