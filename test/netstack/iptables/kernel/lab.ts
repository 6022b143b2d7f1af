/** Two network namespaces on this kernel with a cable between them: packets go in on one end, rule counters are read on the other. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Family } from '../../../../src/model/address.ts';

export type BackEnd = 'legacy' | 'nft';

const TOOLS = ['ip', 'nsenter', 'python3', 'iptables-legacy-save', 'iptables-nft-save', 'ipset', 'conntrack'];

/** Why the kernel can't be asked here; undefined if it can. */
export function whyNoKernel(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root';
  const missing = TOOLS.filter(
    (tool) => !['/usr/sbin', '/usr/bin', '/sbin', '/bin'].some((dir) => existsSync(`${dir}/${tool}`)),
  );
  return missing.length > 0 ? `needs ${missing.map((tool) => `the tool ${tool}`).join(', ')}` : undefined;
}

/** Addresses of the cable: `near` sends, `far` has the rules; `behind` is what far forwards to. */
export const ADDRESS = {
  4: { near: '10.99.0.1', far: '10.99.0.2', behind: '10.98.0.9' },
  6: { near: 'fd99::1', far: 'fd99::2', behind: 'fd98::9' },
} as const;

export const MAC = { near: '02:00:00:00:99:01', far: '02:00:00:00:99:02' } as const;

/** A packet to be put on the cable. */
export interface WirePacket {
  readonly family: Family;
  readonly src: string;
  readonly dst: string;
  readonly protocol: number;
  readonly sport?: number;
  readonly dport?: number;
  readonly flags?: number;
  readonly icmpType?: number;
  readonly icmpCode?: number;
  readonly ttl: number;
  readonly tos: number;
  readonly payload: number;
}

export class Lab {
  readonly #near: string;
  readonly #far: string;

  constructor(name: string) {
    this.#near = `iptables-${name}-near-${process.pid}`;
    this.#far = `iptables-${name}-far-${process.pid}`;
    sh(`set -e
      ip netns add ${this.#near}; ip netns add ${this.#far}
      for n in ${this.#near} ${this.#far}; do
        nsenter --net=/run/netns/$n sh -c 'for f in all default; do echo 0 > /proc/sys/net/ipv6/conf/$f/accept_dad; echo 0 > /proc/sys/net/ipv6/conf/$f/router_solicitations; echo 0 > /proc/sys/net/ipv6/conf/$f/accept_ra; done; ip link set lo up'
      done
      ip link add near netns ${this.#near} address ${MAC.near} type veth peer name eth7 netns ${this.#far} address ${MAC.far}
      ip link add eth8 netns ${this.#far} type veth peer name behind netns ${this.#near}
      ip -n ${this.#near} link set near up; ip -n ${this.#near} link set behind up
      ip -n ${this.#far} link set eth7 up; ip -n ${this.#far} link set eth8 up
      ip -n ${this.#far} addr add ${ADDRESS[4].far}/24 brd + dev eth7; ip -n ${this.#far} addr add ${ADDRESS[6].far}/64 dev eth7 nodad
      ip -n ${this.#far} addr add 10.98.0.1/24 dev eth8; ip -n ${this.#far} addr add fd98::1/64 dev eth8 nodad
      ip -n ${this.#far} neigh add ${ADDRESS[4].behind} lladdr 02:00:00:00:98:09 dev eth8; ip -n ${this.#far} neigh add ${ADDRESS[6].behind} lladdr 02:00:00:00:98:09 dev eth8
      ip -n ${this.#far} neigh add ${ADDRESS[4].near} lladdr ${MAC.near} dev eth7; ip -n ${this.#far} neigh add ${ADDRESS[6].near} lladdr ${MAC.near} dev eth7
      nsenter --net=/run/netns/${this.#far} sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding'
    `);
  }

  close(): void {
    for (const name of [this.#near, this.#far]) {
      try {
        execFileSync('ip', ['netns', 'del', name], { stdio: 'ignore' });
      } catch {
        // Made in part only.
      }
    }
  }

  /** Runs a shell command on the far end. */
  far(command: string, input = ''): string {
    return execFileSync('nsenter', [`--net=/run/netns/${this.#far}`, 'sh', '-c', command], {
      input,
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  }

  /** Loads a rule set; the text is that of iptables-restore. */
  restore(backEnd: BackEnd, family: Family, text: string): void {
    this.far(`${tool(backEnd, family)}-restore`, text);
  }

  /** What `iptables-save -c` prints. */
  save(backEnd: BackEnd, family: Family): string {
    return this.far(`${tool(backEnd, family)}-save -c`);
  }

  /** Puts packets on the cable's near end, as frames to far or to another MAC. */
  send(packets: readonly WirePacket[], to: string = MAC.far): void {
    execFileSync('nsenter', [`--net=/run/netns/${this.#near}`, 'python3', '-c', SENDER, to, MAC.near], {
      input: JSON.stringify(packets),
      encoding: 'utf8',
    });
  }

  flush(): void {
    for (const family of [4, 6] as const) this.restore('legacy', family, EMPTY);
    this.far('nft flush ruleset; conntrack -F 2>/dev/null; true');
  }
}

/** Every table with its chains and nothing in them. */
const EMPTY = Object.entries({
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
})
  .map(([table, chains]) => [`*${table}`, ...chains.map((chain) => `:${chain} ACCEPT [0:0]`), 'COMMIT', ''].join('\n'))
  .join('');

export function tool(backEnd: BackEnd, family: Family): string {
  return `${family === 4 ? 'iptables' : 'ip6tables'}-${backEnd}`;
}

function sh(script: string): void {
  execFileSync('sh', ['-c', script], { stdio: ['ignore', 'ignore', 'pipe'] });
}

const SENDER = `
import json, socket, struct, sys
dst_mac, src_mac = (bytes.fromhex(m.replace(':', '')) for m in sys.argv[1:3])
def checksum(data):
    if len(data) % 2: data += b'\\0'
    total = sum(struct.unpack('!%dH' % (len(data) // 2), data))
    while total >> 16: total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff
def frame(p):
    v6 = p['family'] == 6
    af = socket.AF_INET6 if v6 else socket.AF_INET
    src, dst = socket.inet_pton(af, p['src']), socket.inet_pton(af, p['dst'])
    proto, data = p['protocol'], b'x' * p['payload']
    def pseudo(n): return src + dst + (struct.pack('!I3xB', n, proto) if v6 else struct.pack('!BBH', 0, proto, n))
    if proto == 6:
        def seg(c): return struct.pack('!HHIIBBHHH', p['sport'], p['dport'], 1, 0, 6 << 4, p['flags'], 65535, c, 0) + struct.pack('!BBH', 2, 4, 1460) + data
        body = seg(0); body = seg(checksum(pseudo(len(body)) + body))
    elif proto in (17, 136):
        cover = 8 + len(data)
        def seg(c): return struct.pack('!HHHH', p['sport'], p['dport'], cover, c) + data
        body = seg(0); body = seg(checksum(pseudo(len(body)) + body) or 0xffff)
    elif proto in (1, 58):
        def seg(c): return struct.pack('!BBHHH', p['icmpType'], p['icmpCode'], c, 77, 1) + data
        body = seg(0); body = seg(checksum((pseudo(len(body)) if v6 else b'') + body))
    else:
        body = data
    if v6:
        head = struct.pack('!IHBB', 6 << 28 | p['tos'] << 20, len(body), proto, p['ttl']) + src + dst
    else:
        def ip(c): return struct.pack('!BBHHHBBH', 0x45, p['tos'], 20 + len(body), 4711, 0x4000, p['ttl'], proto, c) + src + dst
        head = ip(checksum(ip(0)))
    return dst_mac + src_mac + struct.pack('!H', 0x86dd if v6 else 0x0800) + head + body
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(('near', 0))
for p in json.load(sys.stdin): s.send(frame(p))
`;
