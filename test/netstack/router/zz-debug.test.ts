import { it } from 'vitest';
import { appendFileSync } from 'node:fs';
import { namespace, random } from './kernel.ts';
import { ADDRESSES, deviceLines, nexthopLines, peerLines, routeLine, ruleLine } from './random-state.ts';
it('x', () => {
  for (const seed of [1,2,3,4]) {
  const r = random(seed);
  const peer = namespace();
  const ns = namespace();
  ns.batch(deviceLines(peer.name));
  peer.batch(peerLines());
  ns.batch(ADDRESSES);
  const isHost = seed % 2 === 0;
  ns.run('for f in /proc/sys/net/ipv4/conf/*/rp_filter /proc/sys/net/ipv4/conf/*/send_redirects; do echo 0 > $f; done;' +
      'for f in /proc/sys/net/ipv4/conf/*/accept_local /proc/sys/net/ipv4/conf/*/route_localnet; do echo 1 > $f; done;' +
      `echo 1 > /proc/sys/net/ipv4/ip_forward; echo ${isHost ? 0 : 1} > /proc/sys/net/ipv6/conf/all/forwarding`);
  if (seed % 3 === 0) ns.run('for f in /proc/sys/net/ipv[46]/conf/*/ignore_routes_with_linkdown; do echo 1 > $f; done');
  appendFileSync('/tmp/router-dbg.log', `${seed} ${ns.name} ${peer.name} ` + ns.batch([
    ...nexthopLines(r, 4), ...nexthopLines(r, 6),
    ...Array.from({ length: 160 }, () => routeLine(r, 4)), ...Array.from({ length: 160 }, () => routeLine(r, 6)),
    ...(seed % 4 === 0 ? [] : [...Array.from({ length: 14 }, () => ruleLine(r, 4)), ...Array.from({ length: 14 }, () => ruleLine(r, 6))]),
    'neigh add fe80::1 dev d0 nud failed', 'neigh add fe80::2 dev d1 nud failed', 'neigh add 10.0.0.10 dev d0 nud failed',
    'neigh add 10.1.0.11 dev d1 nud failed', 'neigh add fe80::3 dev d2 lladdr 02:00:00:00:00:03 nud stale',
  ]).split('\n').filter(l => !l.startsWith('Command failed')).sort().join('\n').replace(/(.*\n)\1+/g,'$1') + '\n');
  }
});
