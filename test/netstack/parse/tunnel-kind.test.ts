/** Tunnels as `ip -j -d link` of iproute2 6.1 prints those of Linux 6.1. */
import { describe, expect, it } from 'vitest';
import { parseLinks } from '../../../src/netstack/parse/index.ts';

const V4 = '"remote":"192.168.77.12","local":"192.168.77.11"';
const V6 = '"remote":"fd00:77::12","local":"fd00:77::11"';

const kindOf = (name: string, data: string): unknown =>
  parseLinks(
    `[{"ifindex":9,"ifname":"tunnel","flags":["POINTOPOINT","NOARP","UP","LOWER_UP"],"mtu":1480,"linkinfo":{"info_kind":"${name}","info_data":{${data}}}}]`,
  )[0]?.kind;

describe('tunnels of IP packets', () => {
  it.each([
    [
      'ipip',
      `"proto":"any",${V4},"ttl":0,"pmtudisc":true`,
      { outer: 4, carries: { 4: 4 }, overhead: 20, pmtudisc: true },
    ],
    ['gre', `${V4},"ttl":0,"pmtudisc":false`, { outer: 4, carries: { 4: 47, 6: 47 }, overhead: 24, pmtudisc: false }],
    ['gre', `${V4},"ttl":33,"pmtudisc":true`, { ttl: 33 }],
    ['sit', `"proto":"any",${V4},"ttl":0,"prefix":"2002::","prefixlen":16`, { outer: 4, carries: { 4: 4, 6: 41 } }],
    ['sit', `"proto":"ip6ip",${V4},"ttl":64`, { carries: { 6: 41 }, overhead: 20 }],
    ['ip6tnl', `"proto":"ipip6",${V6},"ttl":64,"encap_limit":4`, { outer: 6, carries: { 4: 4 }, overhead: 48 }],
    ['ip6tnl', `"proto":"ip6ip6",${V6},"ttl":64,"encap_limit":0`, { carries: { 6: 41 }, overhead: 40 }],
    ['ip6gre', `${V6},"ttl":64,"encap_limit":4`, { outer: 6, carries: { 4: 47, 6: 47 }, overhead: 52 }],
  ])('%s with %s', (name, data, kind) => {
    expect(kindOf(name, data)).toMatchObject({ kind: 'ip-tunnel', name, ...kind });
  });

  it('takes an ipip device without remote', () => {
    const kind = kindOf('ipip', '"proto":"any","remote":"any","local":"any","ttl":0,"pmtudisc":false');
    expect(kind).toMatchObject({ kind: 'ip-tunnel', name: 'ipip' });
    expect(kind).not.toHaveProperty('remote');
  });

  it.each([
    ['gre', `${V4},"ikey":"0.0.0.7","okey":"0.0.0.7"`, 'gre with ikey'],
    ['ipip', `${V4},"link":"eth0"`, 'ipip with link'],
    ['sit', '"proto":"ip6ip","remote":"any","local":"any"', 'sit without remote'],
  ])('names %s with %s as not modelled', (name, data, unsupported) => {
    expect(kindOf(name, data)).toEqual({ kind: 'unsupported', name: unsupported });
  });
});
