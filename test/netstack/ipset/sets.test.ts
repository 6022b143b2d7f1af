/** Sets as text, and the questions that no kernel is needed for. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ip } from '../../../src/model/address.ts';
import { IpsetSyntaxError, parseIpsetSave, printIpsetSave, testSet } from '../../../src/netstack/ipset/index.ts';
import type { SetQuery } from '../../../src/netstack/netfilter/types.ts';
import { input } from '../iptables/ask.ts';

const TEXT = `create clients hash:ip family inet hashsize 1024 maxelem 65536 timeout 300 counters comment bucketsize 12 initval 0x8d60a5c5
add clients 10.244.1.7 timeout 299 packets 0 bytes 0 comment "a web client"
create pairs hash:ip,port family inet hashsize 1024 maxelem 65536
add pairs 10.244.2.9,tcp:80
create list list:set size 8
add list clients
`;

describe('ipset save', () => {
  it.each([
    ['three sets', TEXT],
    ['nothing', ''],
    ['no newline at the end', TEXT.trimEnd()],
  ])('%s is printed back', (_name, text) => {
    expect(printIpsetSave(parseIpsetSave(text))).toBe(text);
  });

  it('any text is printed back or refused', () => {
    const word = fc.constantFrom(
      'create',
      'add',
      'clients',
      'hash:ip',
      'list:set',
      '10.0.0.1',
      '\n',
      '"',
      'comment',
      'timeout',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(word, fc.string({ maxLength: 3 })), { maxLength: 20 }), (words) => {
        const text = words.join(' ').replaceAll(' \n ', '\n');
        try {
          expect(printIpsetSave(parseIpsetSave(text))).toBe(text);
        } catch (error) {
          expect(error).toBeInstanceOf(IpsetSyntaxError);
        }
      }),
    );
  });

  it.each([
    ['an element of no set', 'add clients 10.0.0.1\n', 1, /was not created/],
    ['a set twice', 'create a hash:ip\ncreate a hash:ip\n', 2, /second time/],
    ['a line cut off', 'create a hash:ip\nadd a\n', 2, /not an element/],
    ['a comment cut off', 'create a hash:ip\nadd a 10.0.0.1 comment "x\n', 2, /quote/],
    ['an error message', 'ipset v7.17: Kernel error\n', 1, /neither/],
    ['no type', 'create a\n', 1, /not a set/],
  ])('%s is refused', (_name, text, line, message) => {
    expect(() => parseIpsetSave(text)).toThrow(message);
    try {
      parseIpsetSave(text);
    } catch (error) {
      expect((error as IpsetSyntaxError).line).toBe(line);
    }
  });
});

const asked = (flags: string, change: Parameters<typeof input>[1] = {}, returnNomatch = false): SetQuery => {
  const { packet, meta } = input(4, change);
  return { packet, meta, flags: flags.split(',') as ('src' | 'dst')[], returnNomatch };
};

describe('membership', () => {
  const POD = '10.244.1.7';
  it.each<[string, string, SetQuery, boolean | undefined]>([
    ['an address', `create s hash:ip\nadd s ${POD}`, asked('src'), true],
    ['a range of addresses', 'create s hash:ip\nadd s 10.244.1.5-10.244.1.9', asked('src'), true],
    ['a block of addresses', 'create s hash:ip\nadd s 10.244.1.0/29', asked('src'), true],
    ['no such set', '', asked('src'), undefined],
    ['a type that nobody knows', 'create s hash:web\nadd s web', asked('src'), undefined],
    ['an element that is not understood', 'create s hash:ip\nadd s web', asked('src'), undefined],
    [
      'an element that is not understood, another that fits',
      `create s hash:ip\nadd s web\nadd s ${POD}`,
      asked('src'),
      true,
    ],
    ['too few directions', 'create s hash:ip,port\nadd s 10.244.2.9,tcp:80', asked('dst'), false],
    ['a destination port', 'create s hash:ip,port\nadd s 10.244.2.9,tcp:80', asked('dst,dst'), true],
    ['a source port that may be it', 'create s hash:ip,port\nadd s 10.244.1.7,tcp:40000', asked('src,src'), undefined],
    ["a source port that can't be it", 'create s hash:ip,port\nadd s 10.244.1.7,tcp:400', asked('src,src'), false],
    ['a source port that must be it', 'create s hash:ip,port\nadd s 10.244.1.7,tcp:1024-65535', asked('src,src'), true],
    [
      'a source port of another protocol',
      'create s hash:ip,port\nadd s 10.244.1.7,udp:1024-65535',
      asked('src,src'),
      false,
    ],
    ['a source port in a bitmap', 'create s bitmap:port range 0-65535\nadd s 1024-65535', asked('src'), true],
    [
      'a MAC that is known',
      'create s hash:mac\nadd s 02:00:00:00:00:01',
      asked('src', { meta: { srcMac: '02:00:00:00:00:01' } }),
      true,
    ],
    ['a MAC that is not known', 'create s hash:mac\nadd s 02:00:00:00:00:01', asked('src'), undefined],
    [
      'an address with its MAC',
      `create s hash:ip,mac\nadd s ${POD},02:00:00:00:00:01`,
      asked('src,src', { meta: { srcMac: '02:00:00:00:00:02' } }),
      false,
    ],
    ['a mark', `create s hash:ip,mark\nadd s ${POD},0x00000010`, asked('src,src', { packet: { mark: 0x10 } }), true],
    [
      'a mark under a mask',
      `create s hash:ip,mark markmask 0x0000ff00\nadd s ${POD},0x00000000`,
      asked('src,src', { packet: { mark: 0x10 } }),
      true,
    ],
    ['another mark', `create s hash:ip,mark\nadd s ${POD},0x00000010`, asked('src,src'), false],
    ['two nets', 'create s hash:net,net\nadd s 10.244.0.0/16,10.244.2.0/24', asked('src,dst'), true],
    [
      'two nets, an exception',
      'create s hash:net,net\nadd s 10.244.0.0/16,10.244.2.0/24\nadd s 10.244.1.0/24,10.244.2.0/24 nomatch',
      asked('src,dst'),
      false,
    ],
    [
      'two nets and a port',
      'create s hash:net,port,net\nadd s 10.244.2.0/24,tcp:80,10.244.0.0/16',
      asked('dst,dst,src'),
      true,
    ],
    ['a member set that is missing', 'create s list:set\nadd s clients', asked('src'), undefined],
    [
      'a member set that is missing, another that fits',
      `create t hash:ip\nadd t ${POD}\ncreate s list:set\nadd s clients\nadd s t`,
      asked('src'),
      true,
    ],
    [
      'a member set that was left out',
      `create t hash:net\nadd t ${POD} nomatch\ncreate s list:set\nadd s t`,
      asked('src'),
      false,
    ],
    [
      'an ingress interface that is not there',
      'create s hash:net,iface\nadd s 10.244.0.0/16,cni0',
      { ...asked('src,src'), meta: { isBridged: false, pkttype: 'host', isLocal: true } },
      false,
    ],
  ])('%s', (_name, text, query, member) => {
    expect(testSet(parseIpsetSave(text), 's', query)).toBe(member);
  });

  it('a large set is looked up, not searched', () => {
    const elements = Array.from(
      { length: 60_000 },
      (_, i) => `add s 10.${i >> 16}.${(i >> 8) & 255}.${i & 255},tcp:${i % 1000}`,
    );
    const sets = parseIpsetSave(['create s hash:ip,port', ...elements, ''].join('\n'));
    const query = asked('dst,dst', {
      packet: { dst: ip('10.0.200.3'), dport: { min: (200 * 256 + 3) % 1000, max: (200 * 256 + 3) % 1000 } },
    });
    expect(testSet(sets, 's', query)).toBe(true);
    const started = process.cpuUsage();
    for (let i = 0; i < 20_000; i++) testSet(sets, 's', query);
    // Searching would take minutes.
    expect(process.cpuUsage(started).user).toBeLessThan(2_000_000);
  });
});
