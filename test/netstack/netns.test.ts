import { expect, it } from 'vitest';
import type { NetNS } from '../../src/netstack/netns.ts';
import { hostWith } from './attached/namespace.ts';

it.each<[section: 'ip-link' | 'ip-addr' | 'ip4-route' | 'ip6-rule' | 'sysctl', part: (ns: NetNS) => unknown]>([
  ['ip-link', (ns) => ns.links],
  ['ip-addr', (ns) => ns.addresses],
  ['ip4-route', (ns) => ns.routes(4)],
  ['ip6-rule', (ns) => ns.rules(6)],
  ['sysctl', (ns) => ns.sysctls],
])('%s that is empty is not known, though the tool says that it went well', (section, part) => {
  expect(part(hostWith({ [section]: '\n' }))).toMatchObject({
    ok: false,
    missing: { section, reason: 'the tool printed nothing' },
  });
  expect(
    part(hostWith({ [section]: section === 'sysctl' ? '/proc/sys/net/ipv4/ip_forward:1\n' : '[]' })),
  ).toMatchObject({
    ok: true,
  });
});
