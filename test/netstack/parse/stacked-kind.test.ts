/** Devices that stand on others as `ip -N -j -d link` of iproute2 6.1 prints those of Linux 6.1, WireGuard and IPsec as their tools do. */
import { describe, expect, it } from 'vitest';
import { parseLinks, parseWireguard, parseXfrmPolicies } from '../../../src/netstack/parse/index.ts';

const link = (info: string): ReturnType<typeof parseLinks>[number] | undefined =>
  parseLinks(`[{"ifindex":9,"ifname":"x0","flags":["UP","LOWER_UP"],"mtu":1500,"linkinfo":{${info}}}]`)[0];

describe('kinds', () => {
  it.each([
    ['"info_kind":"vlan","info_data":{"protocol":"[33024]","id":5,"flags":["REORDER_HDR"]}', { kind: 'vlan', id: 5 }],
    ['"info_kind":"vlan","info_data":{"protocol":"802.1Q","id":5,"flags":["REORDER_HDR"]}', { kind: 'vlan', id: 5 }],
    [
      '"info_kind":"vlan","info_data":{"protocol":"802.1ad","id":6,"flags":["REORDER_HDR"]}',
      { kind: 'unsupported', name: 'vlan (802.1ad)' },
    ],
    ['"info_kind":"vlan","info_data":{"protocol":"802.1Q","id":6}', { kind: 'unsupported' }],
    [
      '"info_kind":"bond","info_data":{"mode":"active-backup","active_slave":"e0","all_slaves_active":0}',
      { kind: 'bond', mode: 'active-backup', activeSlave: 'e0', takesFromAll: false },
    ],
    [
      '"info_kind":"bond","info_data":{"mode":"802.3ad","all_slaves_active":1,"ad_info":{"aggregator":2}}',
      { kind: 'bond', mode: '802.3ad', aggregator: 2, takesFromAll: true },
    ],
    ['"info_kind":"ipvlan","info_data":{"mode":"l2","bridge":true}', { kind: 'ipvlan', mode: 'l2', flag: 'bridge' }],
    [
      '"info_kind":"ipvlan","info_data":{"mode":"l3s","private":true}',
      { kind: 'ipvlan', mode: 'l3s', flag: 'private' },
    ],
    ['"info_kind":"wireguard"', { kind: 'wireguard' }],
  ])('%s', (info, kind) => {
    expect(link(info)?.kind).toMatchObject(kind);
  });

  it('reads what a slave is to its bond', () => {
    const slave = link(
      '"info_kind":"veth","info_slave_kind":"bond","info_slave_data":{"state":"BACKUP","mii_status":"UP","link_failure_count":0}',
    );
    expect(slave?.bondPort).toEqual({ isActive: false, isLinkUp: true });
  });
});

describe('WireGuard', () => {
  const text = [
    'w0\t(hidden)\tdOqS=\t51820\toff',
    'w0\t2m8T=\t(none)\t[fd00::2]:51821\t10.9.0.2/32,fd99::/64\t0\t0\t0\toff',
    'w0\tsI2c=\t(hidden)\t(none)\t(none)\t1700000000\t0\t0\toff',
    'w1\t(hidden)\t(none)\t51822\t0x200',
    '',
  ].join('\n');

  it('has devices with their peers', () => {
    const [w0, w1] = parseWireguard(text);
    expect(w0).toMatchObject({ name: 'w0', publicKey: 'dOqS=', port: 51820, fwmark: 0 });
    expect(w0?.peers).toMatchObject([
      { publicKey: '2m8T=', hasPresharedKey: false, hasShakenHands: false, endpoint: { port: 51821 } },
      { publicKey: 'sI2c=', hasPresharedKey: true, hasShakenHands: true, allowed: [] },
    ]);
    expect(w0?.peers[0]?.endpoint?.ip.text).toBe('fd00::2');
    expect(w0?.peers[0]?.allowed.map(({ length }) => length)).toEqual([32, 64]);
    expect(w1).toMatchObject({ name: 'w1', fwmark: 0x200, peers: [] });
    expect(w1).not.toHaveProperty('publicKey');
  });

  it('refuses what is neither', () => {
    expect(() => parseWireguard('w0\thello')).toThrow('wireguard, line 1');
  });
});

describe('IPsec policies', () => {
  it('are read from the text that ip prints', () => {
    const text = `src 10.1.0.0/16 dst 10.3.0.0/16 proto tcp dport 80 \n\tdir fwd action block priority 0 ptype main \nsrc fd01::/64 dst ::/0 \n\tdir in priority 5 ptype main \n\tmark 0x1/0xff \n\ttmpl src :: dst ::\n\t\tproto ah reqid 0 mode transport\n\tif_id 0x5\nsrc 0.0.0.0/0 dst 0.0.0.0/0 \n\tsocket in priority 0 ptype main \n`;
    expect(parseXfrmPolicies(text)).toMatchObject([
      { direction: 'fwd', protocol: 6, dport: 80 },
      { direction: 'in', mark: { value: 1, mask: 255 }, interfaceId: 5 },
    ]);
  });
});
