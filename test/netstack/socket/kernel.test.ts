/** Socket lookup held against real sockets: who answers a real connection or datagram. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { spawnSync } from 'node:child_process';
import { afterAll, describe, expect, it } from 'vitest';
import { ip } from '../../../src/model/address.ts';
import { port, PROTOCOL } from '../../../src/model/packet.ts';
import type { Packet } from '../../../src/model/packet.ts';
import { parseSockets } from '../../../src/netstack/parse/index.ts';
import { lookupSocket } from '../../../src/netstack/socket/index.ts';
import type { ListeningSocket } from '../../../src/netstack/state.ts';
import { namespace, random, whyNoKernel } from '../router/kernel.ts';
import type { Namespace } from '../router/kernel.ts';

const reason =
  whyNoKernel() ?? (spawnSync('python3', ['-c', '']).status === 0 ? undefined : 'python3 is not installed');
if (reason !== undefined) console.log(`skipped: ${reason}`);

interface Server {
  readonly protocol: 'tcp' | 'udp';
  readonly family: 4 | 6;
  readonly v6only: boolean;
  readonly ip: string;
  readonly port: number;
  readonly dev?: string;
  readonly peer?: { readonly ip: string; readonly port: number };
}

interface Probe {
  readonly from: 'outside' | 'inside';
  readonly protocol: 'tcp' | 'udp';
  readonly src: string;
  readonly sport: number;
  readonly dst: string;
  readonly port: number;
}

const SHAPES: readonly Pick<Server, 'family' | 'v6only' | 'ip'>[] = [
  { family: 4, v6only: false, ip: '0.0.0.0' },
  { family: 4, v6only: false, ip: '10.0.0.1' },
  { family: 4, v6only: false, ip: '10.0.0.2' },
  { family: 4, v6only: false, ip: '127.0.0.1' },
  { family: 6, v6only: false, ip: '::' },
  { family: 6, v6only: true, ip: '::' },
  { family: 6, v6only: true, ip: 'fd00::1' },
  { family: 6, v6only: false, ip: 'fd00::1' },
  { family: 6, v6only: false, ip: '::ffff:10.0.0.1' },
  { family: 6, v6only: true, ip: '::1' },
];
const OUTSIDE = { v4: '10.0.0.9', v6: 'fd00::9' };

const made: Namespace[] = [];
afterAll(() => made.forEach((ns) => ns.remove()));

function build(): { readonly server: Namespace; readonly client: Namespace } {
  const server = namespace();
  const client = namespace();
  made.push(server, client);
  server.run(
    `ip link set lo up; ip link add eth0 type veth peer name eth0 netns ${client.name}; ip link set eth0 up;` +
      'ip addr add 10.0.0.1/24 dev eth0; ip addr add 10.0.0.2/24 dev eth0; ip addr add fd00::1/64 dev eth0 nodad; ip addr add fd00::2/64 dev eth0 nodad;' +
      'echo 0 > /proc/sys/net/ipv4/icmp_ratelimit; echo 0 > /proc/sys/net/ipv6/icmp/ratelimit',
  );
  client.run(
    'ip link set lo up; ip link set eth0 up; ip addr add 10.0.0.9/24 dev eth0; ip addr add fd00::9/64 dev eth0 nodad',
  );
  return { server, client };
}

/** Random groups of sockets on one port each, and probes from everywhere to every address. */
function scenario(seed: number): {
  readonly reuse: 'SO_REUSEADDR' | 'SO_REUSEPORT';
  readonly servers: readonly Server[];
  readonly probes: readonly Probe[];
} {
  const r = random(seed);
  const servers: Server[] = [];
  const probes: Probe[] = [];
  for (let group = 0; group < 40; group++) {
    const protocol = group % 2 === 0 ? 'tcp' : 'udp';
    const at = 2000 + group;
    for (let i = 0; i < 1 + r.below(5); i++) {
      const shape = r.pick(SHAPES);
      const isConnected = protocol === 'udp' && shape.family === 4 && r.chance(0.15) && shape.ip === '10.0.0.1';
      servers.push({
        ...shape,
        protocol,
        port: at,
        ...(r.chance(0.3) && { dev: r.pick(['eth0', 'lo']) }),
        ...(isConnected && { peer: { ip: OUTSIDE.v4, port: r.pick([4000, 4001]) } }),
      });
    }
    for (const dst of ['10.0.0.1', '10.0.0.2', 'fd00::1', 'fd00::2']) {
      const isV6 = dst.includes(':');
      probes.push({
        from: 'outside',
        protocol,
        src: isV6 ? OUTSIDE.v6 : OUTSIDE.v4,
        sport: protocol === 'udp' ? 4000 : 0,
        dst,
        port: at,
      });
    }
    for (const dst of ['127.0.0.1', '10.0.0.1', '::1', 'fd00::2']) {
      probes.push({ from: 'inside', protocol, src: dst, sport: 0, dst, port: at });
    }
  }
  return { reuse: seed % 2 === 0 ? 'SO_REUSEPORT' : 'SO_REUSEADDR', servers, probes };
}

interface Ran {
  readonly refused: readonly number[];
  readonly sockets: string;
  readonly answers: readonly (number | string)[];
}

async function run(seed: number, { server, client }: ReturnType<typeof build>): Promise<Ran> {
  const { reuse, servers, probes } = scenario(seed);
  const script = new URL('./servers.py', import.meta.url).pathname;
  const child = spawn('nsenter', [`--net=/run/netns/${server.name}`, 'python3', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  try {
    child.stdin.write(`${JSON.stringify({ reuse, servers, probes, client: `/run/netns/${client.name}` })}\n`);
    const { refused } = JSON.parse(String((await lines.next()).value)) as { refused: number[] };
    // Connected sockets are listed by -a only.
    const sockets = server.run('ss -Htuna');
    child.stdin.write('go\n');
    const answers = JSON.parse(String((await lines.next()).value)) as (number | string)[];
    return { refused, sockets, answers };
  } finally {
    child.kill();
  }
}

/** Traffic inside a namespace comes in by the device that owns the address, as far as sockets see it. */
function deviceOf({ dst }: Probe): string {
  return dst === '127.0.0.1' || dst === '::1' ? 'lo' : 'eth0';
}

function classOf(name: string): string {
  const [protocol, host] = name.split(' ');
  return host === undefined
    ? name
    : `${protocol} ${/^(\*|0\.0\.0\.0|::)$/.test(host) ? 'wildcard' : host.replace('::ffff:', '')}`;
}

/** The text by which a server and a line of ss are the same socket. */
function nameOf(server: Server): string {
  const mapped = server.ip.startsWith('::ffff:') ? `::ffff:${server.ip.slice(7)}` : server.ip;
  const isDual = server.family === 6 && !server.v6only && server.ip === '::';
  return [server.protocol, isDual ? '*' : mapped, server.dev ?? '', server.port, server.peer?.port ?? ''].join(' ');
}

function nameOfSocket(socket: ListeningSocket): string {
  return [socket.protocol, socket.ip?.text ?? '*', socket.dev ?? '', socket.port, socket.peer?.port ?? ''].join(' ');
}

function packet(probe: Probe): Packet {
  const dst = ip(probe.dst);
  return {
    family: dst.family,
    src: ip(probe.src),
    dst,
    protocol: PROTOCOL[probe.protocol],
    sport: probe.sport === 0 ? { min: 32_768, max: 60_999 } : port(probe.sport),
    dport: port(probe.port),
    tcpFlags: probe.protocol === 'tcp' ? 2 : 0,
    mark: 0,
    tos: 0,
    ttl: 64,
    length: 60,
    df: false,
  };
}

describe.skipIf(reason !== undefined).each((process.env['SOCKET_SEEDS'] ?? '1,2,3').split(',').map(Number))(
  'random sockets, seed %i',
  (seed) => {
    it('the same socket takes the packet as in the kernel', async () => {
      const { reuse, servers, probes } = scenario(seed);
      const { refused, sockets, answers } = await run(seed, build());
      const parsed = parseSockets(sockets);
      const differences: string[] = [];
      let taken = 0;
      probes.forEach((probe, i) => {
        const answer = lookupSocket(parsed, packet(probe), { iif: deviceOf(probe), sysctl: () => undefined });
        const kernel = answers[i]!;
        const want = typeof kernel === 'number' ? nameOf(servers[kernel]!) : kernel;
        const got =
          answer.kind === 'found'
            ? nameOfSocket(answer.socket)
            : answer.kind === 'none'
              ? 'ECONNREFUSED'
              : answer.reason;
        // Of sockets with SO_REUSEPORT the first in the kernel's own order is taken, an address still before a wildcard.
        const isSame = want === got || (reuse === 'SO_REUSEPORT' && classOf(want) === classOf(got));
        if (isSame) taken += typeof kernel === 'number' ? 1 : 0;
        else differences.push(`${JSON.stringify(probe)}: kernel ${want}, ours ${got}`);
      });
      console.log(
        `seed ${seed}: ${servers.length - refused.length} sockets, ${probes.length} probes, ${taken} taken, ${differences.length} differences`,
      );
      expect(differences.slice(0, 8).join('\n')).toBe('');
      expect(taken).toBeGreaterThan(60);
    });
  },
);
