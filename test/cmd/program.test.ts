import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { normalizeArgv } from '../../src/cmd/argv.ts';
import type { Command, CommandInput } from '../../src/cmd/command.ts';
import { grammarOf, runProgram } from '../../src/cmd/program.ts';
import { skoop } from '../../src/cmd/wiring.ts';
import { defineFlags } from '../../src/context/index.ts';
import { fakeTerminal } from './fake-terminal.ts';

const SRC = join(import.meta.dirname, '../../src');

const flannel = defineFlags('Flannel', {
  'flannel-bridge': { type: 'string', default: 'cni0', help: 'name of the bridge' },
  'flannel-ip-masq': { type: 'boolean', default: true, help: 'whether flanneld masquerades' },
  'flannel-pod-mtu': { type: 'integer', help: 'MTU of the pods', min: 1, max: 65_535 },
  secret: { type: 'string', help: 'not shown', isHidden: true },
});
const task = defineFlags('Diagnose task', {
  protocol: { type: 'string', default: 'tcp', choices: ['tcp', 'udp'], help: 'protocol' },
  names: { type: 'strings', short: 'n', help: 'names' },
  wait: { type: 'duration', default: '2s', help: 'how long' },
});

async function runLine(line: string): Promise<{ seen: CommandInput | undefined; exitCode: number; output: string }> {
  let seen: CommandInput | undefined;
  const record = (exitCode: number) => async (input: CommandInput) => {
    seen = input;
    return exitCode;
  };
  const root: Command = {
    name: 'skoop',
    summary: 'asks',
    groups: [flannel, task],
    commands: [
      {
        name: 'explain',
        summary: 'explains',
        args: [{ name: 'code', isRequired: false, help: 'the code' }],
        groups: [],
        run: record(4),
      },
      {
        name: 'bundle',
        summary: 'bundles',
        groups: [],
        commands: [{ name: 'show', summary: 'shows', groups: [], run: record(5) }],
      },
    ],
    examples: ['skoop -n web'],
    run: record(0),
  };
  const terminal = fakeTerminal();
  const exitCode = await runProgram(root, normalizeArgv(line.split(' ').filter(Boolean), grammarOf(root)), terminal);
  return { seen, exitCode, output: terminal.written() };
}

describe('values reach the command', () => {
  it.each([
    ['', 'flannel-ip-masq', true, false],
    ['--flannel-ip-masq=false', 'flannel-ip-masq', false, true],
    ['--flannel-ip-masq', 'flannel-ip-masq', true, true],
    ['--flannel-pod-mtu 1450', 'flannel-pod-mtu', 1450, true],
    ['--flannel_bridge=br0', 'flannel-bridge', 'br0', true],
  ] as const)('%s', async (line, name, value, isGiven) => {
    const { seen } = await runLine(line);
    expect(seen?.context.values(flannel)[name]).toBe(value);
    expect(seen?.context.isGiven(name)).toBe(isGiven);
  });

  it('collects the values of a repeated flag, and durations in milliseconds', async () => {
    const { seen } = await runLine('-n a,b --names c --wait=2m0s --protocol=UDP');
    expect(seen?.context.values(task)).toEqual({ protocol: 'udp', names: ['a', 'b', 'c'], wait: 120_000 });
  });

  it('gives the subcommand its words and its exit code', async () => {
    const explained = await runLine('explain NO_ROUTE');
    expect([explained.exitCode, explained.seen?.args]).toEqual([4, ['NO_ROUTE']]);
    expect((await runLine('bundle show')).exitCode).toBe(5);
  });
});

describe('what is refused', () => {
  it.each([
    ['--flannel-ip-masq=maybe', '--flannel-ip-masq: "maybe" is not true or false'],
    ['--flannel-pod-mtu=0', '--flannel-pod-mtu: "0" is not a number from 1 to 65535'],
    ['--protocol=icmpp', '--protocol: "icmpp" is not one of tcp, udp'],
    ['--wait=2', '--wait: "2" is not a duration such as 2s or 1m30s'],
    ['explian NO_ROUTE', '"explian" is no command (explain, bundle); did you mean explain?'],
    ['web', '"web" is no command (explain, bundle)'],
    ['explain A B', 'explain: what is "B" for? It takes code only'],
    ['bundle', 'bundle: say what to do: show'],
    ['bundle shwo', '"shwo" is no command (show); did you mean show?'],
    ['--flanel-bridge=x', 'unknown flag --flanel-bridge; did you mean --flannel-bridge?'],
  ])('%s', async (line, message) => {
    await expect(runLine(line)).rejects.toThrow(expect.objectContaining({ name: 'UsageError', message }));
  });
});

describe('help', () => {
  it('groups the flags, shows booleans without a value, and hides what is only accepted', async () => {
    const { output, exitCode, seen } = await runLine('--help');
    expect(exitCode).toBe(0);
    expect(seen).toBeUndefined();
    expect(output).toMatch(
      /Diagnose task:\n[^]*--protocol tcp\|udp +protocol \(default tcp\)[^]*Flannel:\n[^]*--flannel-ip-masq +whether/,
    );
    expect(output).toMatch(/Commands:\n[^]*explain[^]*Examples:\n {2}skoop -n web\n/);
    expect(output).not.toContain('secret');
  });

  it('of a subcommand names its argument', async () => {
    expect((await runLine('explain -h')).output).toContain('skoop explain');
  });
});

/** Every flag of KubeSkoop's command line, in the forms that its documentation and its users' scripts have. */
const KUBESKOOP = [
  '-s=10.77.1.2',
  '-d 10.77.0.2',
  '-p=80',
  '-p 80',
  '--src 10.77.1.2',
  '--dst=10.77.0.2',
  '--dport 80',
  '--protocol tcp',
  '--protocol=udp',
  '--cloud-provider=generic',
  '--cluster-cidr 10.77.0.0/16',
  '--network-plugin flannel',
  '--proxy-mode=iptables',
  '--kube-config=/tmp/config',
  '--format=d2',
  '--format svg',
  '--format json',
  '--output -',
  '--output=x.svg',
  '--http',
  '--http=true',
  '--http-address=0.0.0.0:8080',
  '--collector-image=x',
  '--collector-image-pull-policy=Always',
  '--collector-namespace skoop',
  '--collector-pod-wait-interval 2s',
  '--collector-pod-wait-timeout=2m0s',
  '--preserve-collector-pod',
  '--preserve-collector-pod=true',
  '--collector-cri-address=/run/x.sock',
  '--aliyun-access-key-id=a',
  '--aliyun-access-key-secret=b',
  '--aliyun-security-token=c',
  '--calico-host-interface eth0',
  '--calico-host-mtu=1500',
  '--calico-ipip-pod-mtu=1480',
  '--calico-pod-mtu 1500',
  '--flannel-backend-type=vxlan',
  '--flannel-bridge cni0',
  '--flannel-host-interface=eth0',
  '--flannel-ip-masq=false',
  '--flannel-pod-mtu=1450',
  '--version',
  '-v=4',
  '-v 4',
  '--v=4',
  '--logtostderr=true',
  '--alsologtostderr',
  '--log_dir=/tmp',
  '--log_file=x',
  '--log_file_max_size=10',
  '--one_output',
  '--skip_headers=true',
  '--skip_log_headers',
  '--stderrthreshold=2',
  '--vmodule=a=1',
  '--log_backtrace_at=a:1',
  '--add_dir_header',
];

describe("KubeSkoop's flags", () => {
  it.each(KUBESKOOP)('%s is accepted', (line) => {
    const grammar = grammarOf(skoop);
    expect(normalizeArgv(line.split(' '), grammar)).toHaveLength(1);
  });
});

describe('wiring', () => {
  it('lists every group of flags that a module declares', () => {
    const declared = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.startsWith('context/') && !file.includes('_template'))
      .flatMap((file) =>
        [
          ...readFileSync(join(SRC, file), 'utf8').matchAll(
            /'?([a-z][\w-]*)'?: \{\s*type: '(?:strings?|boolean|integer|duration)'/g,
          ),
        ].map((match) => match[1]!),
      );
    expect(declared.length).toBeGreaterThan(50);
    const flagsOf = (command: Command): string[] => [
      ...command.groups.flatMap((group) => Object.keys(group.flags)),
      ...(command.commands ?? []).flatMap(flagsOf),
    ];
    const wired = new Set(flagsOf(skoop));
    expect(declared.filter((name) => !wired.has(name))).toEqual([]);
  });

  it('has each name and each shorthand once per command', () => {
    const check = (command: Command): void => {
      const flags = command.groups.flatMap((group) => Object.entries(group.flags));
      const spellings = flags.flatMap(([name, flag]) => [
        `--${name}`,
        ...(flag.aliases ?? []).map((alias) => `--${alias}`),
        ...(flag.short === undefined ? [] : [`-${flag.short}`]),
      ]);
      expect(spellings.filter((spelling, i) => spellings.indexOf(spelling) !== i)).toEqual([]);
      for (const child of command.commands ?? []) check(child);
    };
    check(skoop);
  });
});
