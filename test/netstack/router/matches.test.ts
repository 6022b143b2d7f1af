/** addrtype and rpfilter held against the kernel's own matches: packets with any source, counters of iptables rules. */
import { spawnSync } from 'node:child_process';
import { afterAll, describe, expect, it } from 'vitest';
import { ip } from '../../../src/model/address.ts';
import { port } from '../../../src/model/packet.ts';
import type { Packet } from '../../../src/model/packet.ts';
import { createRouter } from '../../../src/netstack/router/index.ts';
import { random, readState, whyNoKernel } from './kernel.ts';
import type { Namespace } from './kernel.ts';
import { randomNamespace } from './random-namespace.ts';
import { anyAddress, localAddress } from './random-state.ts';

const hasTools = spawnSync('sh', ['-c', 'command -v iptables-legacy-restore && python3 -c ""']).status === 0;
const reason = whyNoKernel() ?? (hasTools ? undefined : 'iptables-legacy or python3 is not installed');
if (reason !== undefined) console.log(`skipped: ${reason}`);

/** Sends one UDP packet for each line `SRC DST SPORT` out of a device, as an Ethernet frame with any addresses. */
const SENDER = `
import socket, struct, sys
dev, mac = sys.argv[1], bytes.fromhex(sys.argv[2].replace(':', ''))
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind((dev, 0))
def checksum(data):
    total = sum(struct.unpack('!%dH' % (len(data) // 2), data))
    while total >> 16: total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff
for line in sys.stdin:
    src, dst, sport = line.split()
    if ':' in src:
        a, b = (socket.inet_pton(socket.AF_INET6, x) for x in (src, dst))
        udp = struct.pack('!HHHH', int(sport), 9, 8, 0)
        udp = udp[:6] + struct.pack('!H', checksum(a + b + struct.pack('!II', 8, 17) + udp))
        s.send(mac + b'\\x02\\0\\0\\0\\0\\x99' + b'\\x86\\xdd' + struct.pack('!IHBB', 6 << 28, 8, 17, 64) + a + b + udp)
    else:
        a, b = (socket.inet_pton(socket.AF_INET, x) for x in (src, dst))
        head = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 28, 0, 0, 64, 17, 0, a, b)
        head = head[:10] + struct.pack('!H', checksum(head)) + head[12:]
        s.send(mac + b'\\x02\\0\\0\\0\\0\\x99' + b'\\x08\\0' + head + struct.pack('!HHHH', int(sport), 9, 8, 0))
`;

const TYPES = {
  4: ['UNICAST', 'LOCAL', 'BROADCAST', 'ANYCAST', 'MULTICAST', 'UNREACHABLE'],
  // The kernel refuses BROADCAST in IPv6.
  6: ['UNICAST', 'LOCAL', 'ANYCAST', 'MULTICAST', 'UNREACHABLE'],
} as const;
const OPTIONS = [{}, { loose: true }, { acceptLocal: true }, { loose: true, acceptLocal: true }] as const;
const WORDS = { loose: '--loose', acceptLocal: '--accept-local' } as const;

const made: Namespace[] = [];
afterAll(() => made.forEach((ns) => ns.remove()));

/** Sends every source once and counts how often each rule of raw PREROUTING matched. */
function count(ns: Namespace, peer: Namespace, family: 4 | 6, sources: readonly string[]): ReadonlyMap<string, number> {
  const table = family === 4 ? 'iptables-legacy' : 'ip6tables-legacy';
  const dst = family === 4 ? '10.0.0.1' : 'fd00::1';
  const rules = sources.flatMap((_, i) =>
    [
      ...TYPES[family].flatMap((type) => [
        `-m addrtype --src-type ${type}`,
        `-m addrtype --src-type ${type} --limit-iface-in`,
      ]),
      ...OPTIONS.map((options) =>
        `-m rpfilter ${Object.keys(options)
          .map((name) => WORDS[name as keyof typeof WORDS])
          .join(' ')}`.trim(),
      ),
    ].map((match) => `-A PREROUTING -p udp --sport ${1000 + i} ${match}`),
  );
  ns.run(`${table}-restore`, `*raw\n${rules.join('\n')}\nCOMMIT\n`);
  peer.run(
    `python3 -c '${SENDER.replaceAll("'", "'\\''")}' pd0 ${macOf(ns)}`,
    sources.map((src, i) => `${src} ${dst} ${1000 + i}`).join('\n'),
  );
  const saved = ns
    .run(`${table}-save -c -t raw`)
    .split('\n')
    .filter((line) => line.includes('-A PREROUTING'));
  return new Map(
    rules.map((rule, i) => [
      rule.replace('-A PREROUTING -p udp --sport ', ''),
      Number(/^\[(\d+):/.exec(saved[i] ?? '')?.[1] ?? -1),
    ]),
  );
}

function macOf(ns: Namespace): string {
  return /link\/ether (\S+)/.exec(ns.run('ip -o link show d0'))?.[1] ?? '';
}

function packet(src: string): Packet {
  const address = ip(src);
  return {
    family: address.family,
    src: address,
    dst: ip(address.family === 4 ? '10.0.0.1' : 'fd00::1'),
    protocol: 17,
    sport: port(1000),
    dport: port(9),
    tcpFlags: 0,
    mark: 0,
    tos: 0,
    ttl: 64,
    length: 28,
    df: false,
  };
}

describe.skipIf(reason !== undefined).each((process.env['ROUTER_SEEDS'] ?? '1,2,3').split(',').map(Number))(
  'random state, seed %i',
  (seed) => {
    it.each([4, 6] as const)('IPv%i: the same rules count', (family) => {
      const { ns, peer } = randomNamespace(seed);
      made.push(ns, peer);
      const r = random(seed * 17 + family);
      // Sources that the stack drops before any rule sees them are left out.
      const wanted = Array.from({ length: 60 }, () =>
        r.chance(0.2) ? localAddress(r, family) : anyAddress(r, family),
      );
      const sources = [...new Set(wanted)].filter((src) => !/^(ff|::1$|127\.|224\.|0\.)/.test(src));
      const counted = count(ns, peer, family, sources);
      const router = createRouter(readState(ns));
      const differences: string[] = [];
      let compared = 0;
      let matched = 0;
      const compare = (rule: string, ours: boolean | undefined, src: string): void => {
        const kernel = (counted.get(rule) ?? -1) > 0;
        if (ours === undefined) return;
        compared++;
        matched += kernel ? 1 : 0;
        if (kernel !== ours) differences.push(`${src}: ${rule}: kernel ${kernel}, ours ${ours}`);
      };
      sources.forEach((src, i) => {
        for (const type of TYPES[family]) {
          for (const dev of [undefined, 'd0']) {
            const said = router.addressType(ip(src), dev);
            // A v6 route to a block of own addresses is both to the kernel where the address is the block's first.
            if (family === 6 && type === 'ANYCAST' && said === 'LOCAL') continue;
            // To the kernel a v6 address of any type but multicast is unicast as well.
            const isType = family === 6 && type === 'UNICAST' ? said !== 'MULTICAST' : said === type;
            compare(
              `${1000 + i} -m addrtype --src-type ${type}${dev === undefined ? '' : ' --limit-iface-in'}`,
              said === undefined ? undefined : isType,
              src,
            );
          }
        }
        for (const options of OPTIONS) {
          const ours = router.hasReversePath(packet(src), 'd0', {
            loose: false,
            acceptLocal: false,
            validmark: false,
            ...options,
          });
          compare(
            `${1000 + i} -m rpfilter ${Object.keys(options)
              .map((name) => WORDS[name as keyof typeof WORDS])
              .join(' ')}`.trim(),
            ours,
            src,
          );
        }
      });
      console.log(
        `seed ${seed} IPv${family}: ${sources.length} sources, ${compared} compared, ${matched} matched, ${differences.length} differences`,
      );
      expect(differences.slice(0, 10).join('\n')).toBe('');
      expect(matched).toBeGreaterThan(30);
    });
  },
);
