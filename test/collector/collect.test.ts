/** collect.sh on this kernel: in network namespaces of its own, in three shells, with tools that misbehave. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collectHere, InputError, printDump, readDump } from '../../src/collector/index.ts';
import type { CollectOptions } from '../../src/collector/index.ts';
import { collectorScript } from '../../src/collector/script.ts';
import { ip } from '../../src/model/address.ts';
import { answerOf } from '../../src/netstack/neighbour/answer.ts';
import { nodeState } from '../../src/nodemanager/node-state.ts';
import { vethPeer } from '../../src/nodemanager/veth-peer.ts';
import { NetNS } from '../../src/netstack/netns.ts';
import type { NetNSInfo, NodeNetworkStackDump, SectionName } from '../../src/model/dump.ts';

const [WEB, API] = [`collector-${process.pid}-web`, `collector-${process.pid}-api`];
const temporary = mkdtempSync(join(tmpdir(), 'collector-test-'));
const inhabitants: ChildProcess[] = [];

function canMakeNamespaces(): boolean {
  if (process.getuid?.() !== 0) return false;
  try {
    execFileSync('ip', ['netns', 'add', WEB], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Where this is false the rest of the folder still tests the reader. */
const isPossible = canMakeNamespaces();

async function collect(options: CollectOptions): Promise<NodeNetworkStackDump> {
  return readDump(await collectHere({ nodeName: 'node-a', ...options }), { file: 'collected' });
}

function namespaceOf(dump: NodeNetworkStackDump, name: string): NetNSInfo {
  const found = dump.netns.find((netns) => netns.names.includes(name));
  if (found === undefined) throw new Error(`${name} is not in the dump`);
  return found;
}

/** A directory of programs: links to those of this machine, and scripts. Given alone it is all that the collector finds. */
function programs(links: readonly string[], scripts: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(temporary, 'bin-'));
  for (const name of links)
    symlinkSync(execFileSync('sh', ['-c', 'command -v "$1"', 'sh', name]).toString().trim(), join(folder, name));
  for (const [name, text] of Object.entries(scripts)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  return folder;
}

const BASE = [
  'awk',
  'cat',
  'date',
  'grep',
  'id',
  'ls',
  'mkdir',
  'mktemp',
  'nsenter',
  'rm',
  'sed',
  'sh',
  'sleep',
  'tr',
  'wc',
  'xargs',
];
const TOOLS = [
  'ip',
  'bridge',
  'tc',
  'ss',
  'nft',
  'ipset',
  'conntrack',
  'iptables-legacy-save',
  'iptables-nft-save',
  'ip6tables-legacy-save',
  'ip6tables-nft-save',
];

const CGROUPS: readonly (readonly [what: string, cgroup: string, uid: string])[] = [
  [
    'cgroupfs, v1',
    '4:memory:/kubepods/burstable/pod1c7b2a52-7f5b-4ec9-9d6e-0f0a2f1f6b11/3fd1',
    '1c7b2a52-7f5b-4ec9-9d6e-0f0a2f1f6b11',
  ],
  [
    'systemd, v2, containerd',
    '0::/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod2c7b2a52_7f5b_4ec9_9d6e_0f0a2f1f6b11.slice/cri-containerd-3fd1.scope',
    '2c7b2a52-7f5b-4ec9-9d6e-0f0a2f1f6b11',
  ],
  [
    'CRI-O',
    '0::/kubepods.slice/kubepods-pod3c7b2a52_7f5b_4ec9_9d6e_0f0a2f1f6b11.slice/crio-3fd1.scope/container',
    '3c7b2a52-7f5b-4ec9-9d6e-0f0a2f1f6b11',
  ],
  [
    'seen from another cgroup namespace',
    '0::/../../kubepods-burstable-pod4c7b2a52_7f5b_4ec9_9d6e_0f0a2f1f6b11.slice/cri-containerd-3fd1.scope',
    '4c7b2a52-7f5b-4ec9-9d6e-0f0a2f1f6b11',
  ],
  [
    'a node inside a container',
    '0::/docker/9a1f/kubelet/kubepods/pod5c7b2a52-7f5b-4ec9-9d6e-0f0a2f1f6b11/3fd1',
    '5c7b2a52-7f5b-4ec9-9d6e-0f0a2f1f6b11',
  ],
  [
    'a static pod',
    '0::/kubepods/burstable/pod8d3f5b1c9e7a4620b1d4c3a2f0e9d8c7/3fd1',
    '8d3f5b1c9e7a4620b1d4c3a2f0e9d8c7',
  ],
];

/** The tools of this machine, behind scripts that take their place. */
function withFakes(scripts: Readonly<Record<string, string>>, rest: CollectOptions = {}): CollectOptions {
  return {
    ...rest,
    env: { ...process.env, SKOOP_PATH: `${programs([], scripts)}:/usr/sbin:/usr/bin:/sbin:/bin` },
    what: [WEB],
  };
}

const PRIVATE = '--mount --propagation private --pid --fork --kill-child --mount-proc';

/** Loads a program that returns 1, of the type that its first argument says, and runs the rest as its holder. */
const HOLDS_PROGRAM = `
import ctypes, os, sys
load = ctypes.create_string_buffer(bytes([0xb7, 0, 0, 0, 1, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0]))
license = ctypes.create_string_buffer(b'GPL')
class Attributes(ctypes.Structure):
  _fields_ = [('type', ctypes.c_uint32), ('count', ctypes.c_uint32), ('insns', ctypes.c_uint64),
    ('license', ctypes.c_uint64), ('zeros', ctypes.c_uint32 * 11), ('attach', ctypes.c_uint32)]
kind = int(sys.argv[1])
attributes = Attributes(kind, 2, ctypes.addressof(load), ctypes.addressof(license))
attributes.attach = 10 if kind == 18 else 0
libc = ctypes.CDLL(None, use_errno=True)
number = {'x86_64': 321, 'aarch64': 280}[os.uname().machine]
fd = libc.syscall(number, 5, ctypes.byref(attributes), 72)
if fd < 0: sys.exit(os.strerror(ctypes.get_errno()))
os.set_inheritable(fd, True)
os.execvp(sys.argv[2], sys.argv[2:])`;

const READS_SYSCTL =
  /(?:\bconf|orConf|own|either|larger|\ball)\((?:[^()'\n]*,)?[^()\n]*'([a-z]+_?[a-z_]*)'|\/conf\/\$\{\w+\}\/(\w+)/g;

/** Names of the devices' sysctls that the code reads. */
function keysThatAreRead(): readonly string[] {
  const source = join(import.meta.dirname, '../../src');
  const keys = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => [...readFileSync(join(source, file), 'utf8').matchAll(READS_SYSCTL)])
    .map(([, name, path]) => (name ?? path)!);
  expect(keys.length).toBeGreaterThan(15);
  return keys.filter((key) => key !== 'all');
}

/** An address, whether the whole look at API says that it is answered for, and what the brief one says. */
const ANSWERS = [
  ['10.244.7.2', 'yes', 'unknown'],
  ['10.244.7.3', 'no', 'no'],
  ['10.244.7.1', 'no', 'no'],
  // An address of another device is the namespace's as well, for IPv6 it is not.
  ['10.244.9.1', 'yes', 'unknown'],
  ['fd00:10:244:9::1', 'no', 'no'],
  // A route can make any block its own.
  ['192.0.2.77', 'yes', 'unknown'],
  ['192.0.3.77', 'no', 'no'],
  ['fd00:10:244:7::2', 'yes', 'unknown'],
  ['fd00:10:244:7::3', 'no', 'no'],
] as const;

/** What the brief look takes, without the text that it was read from: that of the brief look says more. */
function stateOf(ns: NetNS): unknown {
  const parts = [ns.addresses, ns.neighbours, ns.routes(4), ns.routes(6), ns.rules(4), ns.rules(6)];
  return JSON.parse(JSON.stringify(parts, (key, value: unknown) => (key === 'raw' ? undefined : value)));
}

/** Programs that hang in a process of their own, which the end of its parent does not end: `hang` is its command. */
const HANGING: readonly {
  readonly what: string;
  readonly program: string;
  readonly script: (hang: string) => string;
  readonly options?: readonly string[];
  /** What it takes to end it differs by the shell: it is tried in each. */
  readonly isOfShell?: boolean;
}[] = [
  { what: 'a tool', program: 'ss', script: (hang) => `${hang}; true` },
  {
    what: 'a tool of several processes',
    program: 'ss',
    script: (hang) => `trap '' TERM; sh -c '${hang} & ${hang}; true' & wait`,
    isOfShell: true,
  },
  {
    what: 'what reads the sysctls',
    program: 'grep',
    script: (hang) => `case "$1" in -Hrs) ${hang} ;; esac; exec /bin/grep "$@"`,
  },
  { what: 'a tool that is tried out', program: 'tc', script: (hang) => `${hang}; true` },
  {
    what: 'a look at the veths',
    program: 'ip',
    script: (hang) => `[ "$*" != '-j link' ] || ${hang}; exec /bin/ip "$@"`,
    isOfShell: true,
  },
  {
    what: 'a brief look',
    program: 'ip',
    script: (hang) => `[ ! /proc/self/ns/net -ef /run/netns/${API} ] || ${hang}; exec /bin/ip "$@"`,
    options: ['-b'],
  },
];

/** Processes that sleep for so many seconds. */
function sleepsOf(seconds: number): readonly string[] {
  const said = spawnSync('grep', [
    '-lsz',
    `^${seconds}$`,
    ...readdirSync('/proc')
      .filter((pid) => /^\d+$/.test(pid))
      .map((pid) => `/proc/${pid}/cmdline`),
  ]);
  return said.stdout
    .toString()
    .split('\n')
    .filter((file) => file !== '');
}

describe.skipIf(!isPossible)('collect.sh', () => {
  beforeAll(() => {
    const commands = `
      ip netns add ${API}
      ip -n ${WEB} link set lo up
      ip -n ${WEB} link add eth0 type veth peer name eth0 netns ${API}
      ip -n ${WEB} addr add 10.244.7.1/24 dev eth0
      ip -n ${WEB} addr add fd00:10:244:7::1/64 dev eth0 nodad
      ip -n ${API} addr add 10.244.7.2/24 dev eth0
      ip -n ${API} addr add fd00:10:244:7::2/64 dev eth0 nodad
      ip -n ${API} link set lo up
      ip -n ${API} addr add 10.244.9.1/32 dev lo
      ip -n ${API} addr add fd00:10:244:9::1/128 dev lo
      ip -n ${API} route add local 192.0.2.0/24 dev lo table 77
      ip -n ${API} rule add to 192.0.2.0/24 table 77
      nsenter --net=/run/netns/${API} sh -c 'echo 0 >/proc/sys/net/ipv4/ip_forward'
      nsenter --net=/run/netns/${WEB} sh -c 'echo 1 >/proc/sys/net/ipv4/conf/eth0/forwarding'
      ip -n ${WEB} link add cni0 type bridge
      ip -n ${WEB} link set eth0 up
      ip -n ${API} link set eth0 up
      ip -n ${WEB} route add blackhole 198.51.100.0/24
      nsenter --net=/run/netns/${WEB} iptables-legacy -A INPUT -p tcp --dport 80 -j DROP
      nsenter --net=/run/netns/${WEB} ip6tables-nft -A FORWARD -j ACCEPT
      nsenter --net=/run/netns/${WEB} arptables-legacy -A INPUT -s 10.244.7.9 -j DROP
      nsenter --net=/run/netns/${WEB} nft add table inet own
      nsenter --net=/run/netns/${API} iptables-nft -A INPUT -j ACCEPT
      nsenter --net=/run/netns/${WEB} ipset create allowed hash:ip
      nsenter --net=/run/netns/${WEB} tc qdisc add dev eth0 clsact`;
    execFileSync('sh', ['-ec', commands], { stdio: 'pipe' });
    for (const name of [WEB, API])
      inhabitants.push(spawn('nsenter', [`--net=/run/netns/${name}`, 'sleep', '600'], { stdio: 'ignore' }));
  });

  afterAll(() => {
    for (const child of inhabitants) child.kill('SIGKILL');
    for (const name of [WEB, API]) execFileSync('ip', ['netns', 'del', name]);
    rmSync(temporary, { recursive: true });
  });

  describe.each<[shell: string, words: readonly [string, ...string[]]]>([
    ['dash', ['dash']],
    ['busybox ash', ['busybox', 'ash']],
    ['bash', ['bash']],
  ])('in %s', (_, shell) => {
    it('dumps the host and what was asked for, all sections', async () => {
      const dump = await collect({ shell, what: [WEB] });
      expect(dump).toMatchObject({ schema: 1, nodeName: 'node-a' });
      expect(dump.netns.map(({ isHost, names }) => (isHost ? 'host' : names[0]))).toEqual(['host', WEB]);
      const web = namespaceOf(dump, WEB);
      expect(web.inode).toBe(statSync(`/run/netns/${WEB}`).ino);
      expect(Object.entries(web.sections).filter(([, { exitCode }]) => exitCode !== 0)).toEqual([]);
      const has: Readonly<Partial<Record<SectionName, RegExp>>> = {
        'ip-link': /"ifname":"eth0".*"info_kind":"veth"/,
        'ip-addr': /"local":"10\.244\.7\.1"/,
        'ip4-route': /"type":"6","dst":"198\.51\.100\.0\/24"/,
        'ip6-route': /"dst":"fd00:10:244:7::\/64"/,
        'ip4-rule': /"table":"254"/,
        'ip4-tries': /^Main:\n\tPrefixes: +\d+\nLocal:\n\tPrefixes: +\d+$/m,
        'ip6-rule': /"table":"254"/,
        'ip-neigh': /^\[/,
        'ip-neigh-proxy': /^\[\]/,
        'ip-nexthop': /^\[\]/,
        'ip-netns-ids': /"nsid":0/,
        'bridge-link': /^\[/,
        'bridge-fdb': /"ifname":"eth0"/,
        'bridge-vlan': /^\[/,
        'iptables-legacy-save': /--dport 80 -j DROP/,
        'iptables-nft-save': /^$/,
        'ip6tables-nft-save': /-A FORWARD -j ACCEPT/,
        'arptables-legacy': /^Chain INPUT \(policy ACCEPT\)\n-j DROP -s 10\.244\.7\.9/,
        'nft-ruleset': /"table"/,
        'nft-ruleset-text': /^table ip6 filter \{ # handle \d+$/m,
        'ipset-save': /create allowed hash:ip/,
        sockets: /^$/,
        sysctl: /^\/proc\/sys\/net\/ipv4\/conf\/eth0\/rp_filter:\d$/m,
        nfqueue: /^$/,
        'proc-net': /^nf_tables$/m,
        tc: /^\[.*clsact.*\]\n\[\]\n\[\]\n$/,
      };
      for (const [name, expected] of Object.entries(has))
        expect(web.sections[name as SectionName]?.stdout, name).toMatch(expected);
      expect(dump.pods).toEqual([{ netnsInode: web.inode, addresses: ['10.244.7.1', 'fd00:10:244:7::1'] }]);
      expect(dump.notDumped?.flatMap(({ names }) => names)).toContain(API);
    });

    it('finds a namespace by its address, inode and name, and says what it does not find', async () => {
      const warnings: string[] = [];
      const dump = await collect({
        shell,
        what: ['fd00:10:244:7::1', String(statSync(`/run/netns/${API}`).ino), '10.0.0.99'],
        onWarning: (line) => warnings.push(line),
      });
      expect(dump.netns.flatMap(({ names }) => names).sort()).toEqual([API, WEB]);
      expect(warnings).toEqual(['no namespace here is or has 10.0.0.99']);
    });

    it('dumps what was not asked for in brief: who answers for an address, not what a packet meets', async () => {
      const dump = await collect({ shell, what: [WEB], isBriefElsewhere: true });
      expect(namespaceOf(dump, WEB)).not.toHaveProperty('isBrief');
      const api = namespaceOf(dump, API);
      expect(api.isBrief).toBe(true);
      expect(Object.keys(api.sections)).toEqual(['ip-link', 'ip-addr', 'ip-netns-ids', 'ip-netconf', 'ip4-local']);
      expect(dump.notDumped?.flatMap(({ names }) => names) ?? []).not.toContain(API);
      expect(readDump(printDump(dump), { file: 'printed' }).netns.map(({ isBrief }) => isBrief)).toEqual(
        dump.netns.map(({ isBrief }) => isBrief),
      );
    });

    it('knows from the brief look who does not answer, as from the whole one', async () => {
      const whole = new NetNS(API, namespaceOf(await collect({ shell, what: [API] }), API));
      const brief = new NetNS(API, namespaceOf(await collect({ shell, what: [WEB], isBriefElsewhere: true }), API));
      const said = ANSWERS.map(([text]): readonly string[] => {
        const family = text.includes(':') ? 6 : 4;
        const sender = ip(family === 4 ? '10.244.7.1' : 'fd00:10:244:7::1');
        const ask = { ip: ip(text), sender, senderMac: '0a:00:00:00:00:01' };
        return [text, ...[whole, brief].map((ns) => answerOf(ns, ns.link('eth0')!, ask).kind)];
      });
      expect(said).toEqual(ANSWERS);
    });

    it('reads the same from the brief look at what forwards as from the whole one', async () => {
      const lookWhole = async (): Promise<NetNS> =>
        new NetNS(WEB, namespaceOf(await collect({ shell, what: [WEB] }), WEB));
      const before = await lookWhole();
      const brief = new NetNS(WEB, namespaceOf(await collect({ shell, what: [API], isBriefElsewhere: true }), WEB));
      const after = await lookWhole();
      expect([before, brief, after].map(({ isBrief }) => isBrief)).toEqual([false, true, false]);
      // the kernel forgets entries of its own multicast groups meanwhile: what one look has, the next may not
      expect([stateOf(before), stateOf(after)]).toContainEqual(stateOf(brief));
      expect(brief.routes(4)).toMatchObject({ ok: true });
      expect([brief, before].map((ns) => ns.conf(4, 'eth0', 'forwarding'))).toEqual([1, 1]);
    });

    it('takes the sysctls of devices that the code reads', async () => {
      const { sections } = namespaceOf(await collect({ shell, what: [WEB] }), WEB);
      // A key that is asked for and was not taken would count as 0.
      const taken = new Set(sections.sysctl!.stdout.match(/(?<=conf\/eth0\/)\w+(?=:)/g));
      const isThere = (key: string): boolean =>
        ['ipv4', 'ipv6'].some((family) => existsSync(`/proc/sys/net/${family}/conf/all/${key}`));
      expect(keysThatAreRead().filter((key) => !taken.has(key) && isThere(key))).toEqual([]);
    });

    it('takes none of the kernel’s own secrets', async () => {
      const { sections } = namespaceOf(await collect({ shell, what: [WEB] }), WEB);
      expect(sections.sysctl!.stdout).toMatch(/^\/proc\/sys\/net\/ipv4\/tcp_fastopen:\d+$/m);
      expect(sections.sysctl!.stdout).not.toMatch(/tcp_fastopen_key|stable_secret/);
    });

    it('finds pods by their cgroups', async () => {
      const file = join(temporary, 'cgroup');
      writeFileSync(file, `12:pids:/init.scope\n${CGROUPS.map(([, cgroup]) => `${cgroup}\n`).join('')}`);
      const pid = inhabitants[1]!.pid!;
      // The process shows these cgroups only in a mount namespace of the collector's own.
      const cover = [
        'unshare',
        '--mount',
        '--propagation',
        'private',
        'sh',
        '-c',
        'mount --bind "$1" "/proc/$2/cgroup" && shift 2 && exec "$@"',
        'sh',
        file,
        String(pid),
      ] as const;
      const dump = await collect({ shell: [...cover, ...shell], what: [CGROUPS[1]![2]] });
      expect(dump.netns.map(({ isHost, inode }) => isHost || inode)).toEqual([true, statSync(`/run/netns/${API}`).ino]);
      expect(dump.pods.map(({ uid }) => uid)).toEqual(CGROUPS.map(([, , uid]) => uid));
      expect(dump.pods[0]!.addresses).toContain('10.244.7.2');
    });

    it('says which command of a batch failed', async () => {
      // As a kernel without nexthop objects answers: the batch ends there, and what comes after it is not asked.
      const ip =
        'case "$*" in *-batch*) /usr/sbin/ip "$@" | head -n 1; exit 1 ;; *nexthop*) echo "Error: not supported" >&2; exit 2 ;; esac; exec /usr/sbin/ip "$@"';
      const { sections } = namespaceOf(await collect(withFakes({ ip }, { shell })), WEB);
      expect(sections['ip-nexthop']).toMatchObject({ exitCode: 2, stderr: 'Error: not supported\n' });
      for (const name of ['ip-addr', 'ip-neigh', 'ip-netns-ids', 'ip4-route', 'ip6-rule'] as const)
        expect(sections[name], name).toMatchObject({ exitCode: 0 });
      expect(sections['ip4-route']!.stdout).toContain('198.51.100.0/24');
    });

    it('does not take the lines of a batch for each other', async () => {
      const ip = 'case "$*" in *-batch*) echo "[]" ;; esac; exec /usr/sbin/ip "$@"';
      const { sections } = namespaceOf(await collect(withFakes({ ip }, { shell })), WEB);
      expect(sections['ip-addr']!.stdout).toContain('10.244.7.1');
      expect(sections['ip-neigh-proxy']!.stdout).toBe('[]\n');
    });

    it('ends a tool that hangs, and goes on', async () => {
      const { sections } = namespaceOf(
        await collect(withFakes({ ss: 'exec sleep 600' }, { shell, toolSeconds: 1 })),
        WEB,
      );
      expect(sections.sockets).toMatchObject({ exitCode: 124 });
      expect(sections.sysctl).toMatchObject({ exitCode: 0 });
    });

    const hanging = HANGING.filter(({ isOfShell }) => isOfShell === true || shell[0] === 'dash');
    it.each(hanging)(
      'ends $what that hangs, with all that it started',
      ({ program, script, options = [] }) => {
        const seconds = 600 + Math.random();
        const hung = join(temporary, `hung-${seconds}`);
        const { env } = withFakes({ [program]: script(`{ : >${hung}; sleep ${seconds}; }`) });
        const [name, ...words] = shell;
        // Not by collectHere, which ends the whole process group: an exec does not.
        const ran = spawnSync(name, [...words, '-s', '--', '-n', 'node-a', '-t', '1', ...options, WEB], {
          input: collectorScript(),
          env,
          timeout: 50_000,
          maxBuffer: 2 ** 28,
        });
        expect({ status: ran.status, hasHung: existsSync(hung), left: sleepsOf(seconds) }).toEqual({
          status: 0,
          hasHung: true,
          left: [],
        });
        const dump = readDump(ran.stdout, { file: 'collected' });
        expect(namespaceOf(dump, WEB).sections.sysctl).toBeDefined();
      },
      60_000,
    );

    it('leaves its output open to nobody, who would let its reader wait', async () => {
      const [name, ...words] = shell;
      const child = spawn(name, [...words, '-s', '--', '-n', 'node-a', WEB], { stdio: ['pipe', 'pipe', 'ignore'] });
      child.stdout.resume();
      child.stdin.end(collectorScript());
      const whenOf = async (event: 'exit' | 'close'): Promise<number> => once(child, event).then(() => Date.now());
      const [ended, closed] = await Promise.all([whenOf('exit'), whenOf('close')]);
      expect(closed - ended).toBeLessThan(400);
    });

    it('notices a NUL byte and keeps the rest', async () => {
      const { sections } = namespaceOf(await collect(withFakes({ ss: "printf 'tcp LISTEN\\000 0'" }, { shell })), WEB);
      expect(sections.sockets).toMatchObject({ exitCode: 125, stderr: expect.stringContaining('NUL') as string });
      expect(sections.sysctl).toMatchObject({ exitCode: 0 });
    });

    it('ends a tool that prints without end', async () => {
      const { sections } = namespaceOf(await collect(withFakes({ ss: 'exec yes' }, { shell })), WEB);
      expect(sections.sockets).toMatchObject({ exitCode: 153, stdout: '', stderr: 'printed more than any node has\n' });
    });

    it('does not run what it could do harm with', async () => {
      const log = join(temporary, `calls-${shell.join('-')}`);
      const fakes = Object.fromEntries(
        TOOLS.map((name) => [name, `echo "$0 $*" >>${log}; exec /usr/sbin/${name} "$@"`]),
      );
      await collect(withFakes(fakes, { shell }));
      const words = new Set(
        execFileSync('cat', [log])
          .toString()
          .trim()
          .split('\n')
          .flatMap((line) => line.split(' ').slice(1)),
      );
      for (const word of ['add', 'del', 'set', 'flush', 'replace', 'change', '-A', '-F', '-D', 'restore', 'destroy'])
        expect(words).not.toContain(word);
    });
  });

  it.each<[shell: string]>([['dash'], ['bash']])(
    'in %s ends a tool that hangs without a timeout program',
    async (shell) => {
      const path = programs([...BASE, ...TOOLS.filter((name) => name !== 'ss')], { ss: 'exec sleep 600' });
      const started = Date.now();
      const { sections } = namespaceOf(
        await collect({
          shell: [shell],
          toolSeconds: 1,
          env: { PATH: process.env['PATH'], SKOOP_PATH: path },
          what: [WEB],
        }),
        WEB,
      );
      expect(sections.sockets).toMatchObject({ exitCode: 124 });
      expect(sections['ip-addr']).toMatchObject({ exitCode: 0 });
      expect(Date.now() - started).toBeLessThan(15_000);
    },
  );

  it('records every tool that is missing', async () => {
    const { sections } = namespaceOf(
      await collect({ env: { PATH: process.env['PATH'], SKOOP_PATH: programs(BASE) }, what: [WEB] }),
      WEB,
    );
    for (const name of [
      'ip-link',
      'ip-addr',
      'ip4-route',
      'ip6-rule',
      'bridge-fdb',
      'nft-ruleset',
      'iptables-legacy-save',
      'ip6tables-nft-save',
      'ipset-save',
      'sockets',
      'tc',
    ] as const) {
      expect(sections[name], name).toMatchObject({
        exitCode: 127,
        stderr: expect.stringMatching(/^there is no \S+ that can do this/) as string,
      });
    }
    expect(sections.sysctl).toMatchObject({ exitCode: 0 });
  });

  it('passes over an ip that has no -j, as busybox has', async () => {
    const first = programs([], { ip: 'exec busybox ip "$@"' });
    const dump = await collect({
      env: { PATH: process.env['PATH'], SKOOP_PATH: `${first}:/usr/sbin:/usr/bin` },
      what: [WEB],
    });
    expect(namespaceOf(dump, WEB).sections['ip-link']).toMatchObject({
      exitCode: 0,
      command: '/usr/sbin/ip -N -j -d link',
    });
  });

  it('takes an iptables-save for the back end that it says it is', async () => {
    const path = programs([...BASE, 'ip', 'nft', 'timeout'], {
      'iptables-save':
        'if [ "$1" = -V ]; then echo "iptables-save v1.8.9 (nf_tables)"; else exec /usr/sbin/iptables-nft-save "$@"; fi',
      'ip6tables-save':
        'if [ "$1" = -V ]; then echo "ip6tables-save v1.6.1"; else exec /usr/sbin/ip6tables-legacy-save "$@"; fi',
    });
    const { sections } = namespaceOf(
      await collect({ env: { PATH: process.env['PATH'], SKOOP_PATH: path }, what: [WEB] }),
      WEB,
    );
    expect(sections['iptables-nft-save']).toMatchObject({ exitCode: 0 });
    expect(sections['iptables-legacy-save']).toMatchObject({ exitCode: 127 });
    expect(sections['ip6tables-nft-save']).toMatchObject({ exitCode: 127 });
  });

  it("takes no JSON of iptables-nft's own tables: its own tool says what is in them", async () => {
    const { sections } = namespaceOf(await collect({ what: [API] }), API);
    expect(sections).not.toHaveProperty('nft-ruleset');
    expect(sections['nft-ruleset-text']!.stdout).toMatch(/^table ip filter \{/m);
    expect(sections['iptables-nft-save']!.stdout).toContain('-A INPUT -j ACCEPT');
  });

  it('takes the text of an nft that has no JSON', async () => {
    const path = programs([...BASE, 'ip', 'timeout'], {
      nft: 'case " $* " in *" -j "*) echo "Error: JSON support not compiled-in" >&2; exit 1 ;; *) exec /usr/sbin/nft "$@" ;; esac',
    });
    const { sections } = namespaceOf(
      await collect({ env: { PATH: process.env['PATH'], SKOOP_PATH: path }, what: [WEB] }),
      WEB,
    );
    expect(sections['nft-ruleset']).toMatchObject({ exitCode: 1 });
    expect(sections['nft-ruleset-text']).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^table ip6/m) as string,
    });
  });

  it('dumps the host alone', async () => {
    expect((await collect({ what: ['host'] })).netns).toEqual([expect.objectContaining({ isHost: true })]);
  });

  it('takes process 1 of its own PID and mount namespace for the host', async () => {
    const node = [
      'nsenter',
      `--net=/run/netns/${API}`,
      'unshare',
      '--mount',
      '--propagation',
      'private',
      '--pid',
      '--fork',
      '--kill-child',
      '--mount-proc',
    ] as const;
    const dump = await collect({
      shell: [...node, 'sh', '-c', 'exec 9<&0; "$@" <&9 & wait $!', 'sh', 'dash'],
      what: ['host'],
    });
    expect(dump.netns).toEqual([expect.objectContaining({ isHost: true, inode: statSync(`/run/netns/${API}`).ino })]);
  });

  it("tells the node's way out from the host's ends of pods that were not dumped", async () => {
    // A node with a pod; what its own eth0 leads to is not there for it.
    const node = `umount -l /run/netns/*
      exec 9<&0
      unshare --net sleep 60 & pod=$!
      until ip link add pod0 type veth peer name eth0 netns $pod 2>/dev/null; do sleep 0.1; done
      "$@" <&9 & wait $!`;
    const dump = await collect({
      shell: ['nsenter', `--net=/run/netns/${API}`, ...`unshare ${PRIVATE}`.split(' '), 'sh', '-c', node, 'sh', 'dash'],
      what: ['host'],
    });
    expect(dump.notDumped).toHaveLength(1);
    const state = nodeState(dump, [])!;
    const peerOf = (dev: string): string => vethPeer(state.host, state.host.link(dev)!, state).kind;
    expect(dump.outside).toEqual([state.host.link('eth0')!.ifindex]);
    expect(['eth0', 'pod0'].map(peerOf)).toEqual(['outside', 'unknown']);
  });

  it("takes the node's own tools where its image is busybox alone", async () => {
    const image = mkdtempSync(join(temporary, 'image-'));
    for (const folder of ['bin', 'dev', 'proc', 'tmp']) mkdirSync(join(image, folder));
    copyFileSync('/bin/busybox', join(image, 'bin/busybox'));
    for (const applet of execFileSync('busybox', ['--list']).toString().trim().split('\n'))
      if (applet !== 'busybox') symlinkSync('busybox', join(image, 'bin', applet));
    // A node is a PID and mount namespace, and in it a pod with hostPID and files of its own.
    const node = [
      'nsenter',
      `--net=/run/netns/${API}`,
      'unshare',
      '--mount',
      '--propagation',
      'private',
      '--pid',
      '--fork',
      '--kill-child',
      '--mount-proc',
    ] as const;
    const pod =
      'image=$1; shift; mount --bind /dev "$image/dev" && mount -t proc proc "$image/proc" && exec chroot "$image" /bin/sh "$@"';
    const start = `exec 9<&0; unshare --mount sh -c '${pod}' sh "$@" <&9 & wait $!`;
    const dump = await collect({
      shell: [...node, 'sh', '-c', start, 'sh', image],
      env: { PATH: process.env['PATH'] },
      what: [WEB],
    });
    expect(dump.netns.map(({ isHost, inode }) => [isHost, inode])).toEqual([
      [true, statSync(`/run/netns/${API}`).ino],
      [false, statSync(`/run/netns/${WEB}`).ino],
    ]);
    const { sections } = namespaceOf(dump, WEB);
    expect(sections['ip-link']).toMatchObject({
      exitCode: 0,
      command: 'chroot /proc/1/root /usr/sbin/ip -N -j -d link',
    });
    expect(sections['ip4-route']!.stdout).toContain('198.51.100.0/24');
    expect(sections['iptables-legacy-save']!.stdout).toContain('--dport 80 -j DROP');
    expect(Object.entries(sections).filter(([, { exitCode }]) => exitCode !== 0)).toEqual([]);
  });

  it.for<readonly [what: string, type: number | undefined, command: RegExp]>([
    ['no program', undefined, /^\(no program of cgroups is loaded\)$/],
    ['one for packets of a cgroup (BPF_PROG_TYPE_CGROUP_SKB)', 8, /cgroup tree/],
    ['one for connect of a cgroup (BPF_PROG_TYPE_CGROUP_SOCK_ADDR)', 18, /cgroup tree/],
    ['one for device files of a cgroup (BPF_PROG_TYPE_CGROUP_DEVICE)', 15, /^\(no program of cgroups is loaded\)$/],
  ])('looks into cgroups where the kernel holds a program for them: %s', async ([, type, command], ctx) => {
    if (spawnSync('bpftool', ['version']).status !== 0) ctx.skip('needs the tool bpftool');
    const shell = type === undefined ? ['sh'] : ['python3', '-c', HOLDS_PROGRAM, String(type), 'sh'];
    const mounts = 'mount -t cgroup2 none "$1" && shift && exec "$@"';
    const folder = mkdtempSync(join(temporary, 'cgroup-'));
    const own = ['unshare', ...PRIVATE.split(' '), 'sh', '-c', mounts, 'sh', folder] as const;
    const dump = await collect({ shell: [...own, ...shell], what: [WEB] });
    const section = dump.netns.find(({ isHost }) => isHost)!.sections['bpf-cgroup'];
    expect(section).toMatchObject({ exitCode: 0, command: expect.stringMatching(command) as string });
    expect(JSON.parse(section!.stdout)).toEqual([]);
  });

  it('takes its own namespace for the host where told to', async () => {
    const dump = await collect({ shell: ['nsenter', `--net=/run/netns/${API}`, 'sh'], host: 'self', what: [WEB] });
    expect(dump.netns[0]).toMatchObject({ isHost: true, inode: statSync(`/run/netns/${API}`).ino });
    expect(dump.netns[1]!.names).toEqual([WEB]);
  });

  it.each([
    // Before the host's devices are listed, after its namespaces were.
    { what: 'comes', start: ':', before: 'add', after: ':' },
    // After the host's devices were listed, before its own are.
    { what: 'goes', start: 'add', before: ':', after: 'remove' },
  ])('pairs both ends of every veth where a pod $what meanwhile', async ({ what, start, before, after }) => {
    const once = join(mkdtempSync(join(temporary, 'late-')), 'done');
    const hooks = `
      add() { ip netns add late && ip link add late type veth peer name eth0 netns late; }
      remove() { ip link del late && ip netns del late; }`;
    // Once, when the host's devices are listed; the others' wait for that.
    const ip = `PATH=/usr/sbin:/usr/bin:/sbin:/bin
      ${hooks}
      [ "$*" = '-N -j -d link' ] || exec ip "$@"
      if [ "$(readlink /proc/self/ns/net)" != "$(readlink /proc/1/ns/net)" ]; then
        while [ ! -d ${once} ]; do sleep 0.1; done
        exec ip "$@"
      fi
      [ ! -d ${once} ] || exec ip "$@"
      ${before}; ip "$@"; ${after}; mkdir ${once}`;
    // A node of its own, with one namespace that stays and one of a pod that comes or goes.
    const node = `
      mount -t tmpfs tmpfs /run/netns
      ${hooks}
      ip netns add stays && ip link add stays type veth peer name eth0 netns stays
      ${start}
      "$@"`;
    const own = ['--mount', '--propagation', 'private', '--net', '--pid', '--fork', '--kill-child', '--mount-proc'];
    const { what: _, ...fakes } = withFakes({ ip }, { shell: ['unshare', ...own, 'sh', '-c', node, 'sh', 'sh'] });
    const warnings: string[] = [];
    const dump = await collect({ ...fakes, onWarning: (line) => warnings.push(line) });
    const devices = Object.fromEntries(
      dump.netns.map(({ isHost, names, sections }) => [
        isHost ? 'host' : names[0],
        [...(sections['ip-link']?.stdout ?? '').matchAll(/"ifname":"(\w+)"/g)].map(([, name]) => name),
      ]),
    );
    expect(readdirSync(dirname(once))).toEqual(['done']);
    expect(devices).toEqual({
      host: what === 'comes' ? ['lo', 'stays', 'late'] : ['lo', 'stays'],
      stays: ['lo', 'eth0'],
      ...(what === 'comes' && { late: ['lo', 'eth0'] }),
    });
    expect(dump.notDumped).toBeUndefined();
    expect(warnings).toEqual([]);
  });

  it('says that it must be root', async () => {
    const error = await collect({ shell: ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', 'sh'] }).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(InputError);
    expect(error).toMatchObject({
      message: 'collect.sh: must be root: other namespaces can not be read without (try sudo)',
    });
  });

  it.each<[what: string, options: CollectOptions, message: RegExp]>([
    ['a node name that is none', { nodeName: 'node a' }, /-n: "node a" is not a node's name/],
    ['no time', { toolSeconds: 0 }, /-t: "0" is not a number of seconds/],
    [
      'an image without the basics',
      { env: { PATH: process.env['PATH'], SKOOP_PATH: programs(BASE.filter((name) => name !== 'awk')) } },
      /needs awk, which this image does not have/,
    ],
    [
      'a nsenter that may not enter namespaces',
      withFakes({ nsenter: 'echo "nsenter: reassociate to namespace failed: Operation not permitted" >&2; exit 1' }),
      /nsenter can not enter a network namespace: nsenter: reassociate to namespace failed: Operation not permitted/,
    ],
  ])('refuses %s', async (_, options, message) => {
    await expect(collect({ what: ['host'], ...options })).rejects.toThrow(message);
  });

  it('leaves nothing behind', async () => {
    const folder = join(temporary, 'tmp');
    mkdirSync(folder);
    await collect({ env: { ...process.env, TMPDIR: folder }, what: [WEB] });
    expect(readdirSync(folder)).toEqual([]);
  });
});
