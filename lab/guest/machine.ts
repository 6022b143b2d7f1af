/** Boots the guest: a processor in software, this machine's files read-only, and ports that each run one command at a time. */
import { spawn, type ChildProcess } from 'node:child_process';
import type { Duplex } from 'node:stream';
import type { GuestKernel } from './kernel.ts';
import { Port } from './port.ts';

export const QEMU = 'qemu-system-x86_64';

export interface Guest {
  /** A shell line; its output on both channels, and its exit code. */
  run(line: string): Promise<{ readonly code: number; readonly output: string }>;
  /** A port that nobody else uses until it is given back. */
  take(): Promise<Port>;
  close(): Promise<void>;
}

export interface GuestOptions {
  readonly kernel: GuestKernel;
  /** A folder that the guest may write to, at the same path. */
  readonly results?: string;
}

const PORTS = 4;
const READY_MS = 60_000;
/** The first file descriptor after the three that every program has. */
const FIRST_FD = 3;

export async function bootGuest(options: GuestOptions): Promise<Guest> {
  // with no name in any file system, and ended by the kernel when this process ends, however it does
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', QEMU, ...machineArguments(options)], {
    stdio: ['ignore', 'pipe', 'pipe', ...Array.from({ length: PORTS }, () => 'pipe' as const)],
    // a terminal's Ctrl-C is for the laboratory, which closes the guest
    detached: true,
  });
  let said = '';
  for (const stream of [child.stdout!, child.stderr!])
    stream.on('data', (data: Buffer) => (said = (said + data.toString()).slice(-4000)));
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', (error) => {
      said += error.message;
      resolve();
    });
  });
  const ports = Array.from({ length: PORTS }, (_, index) => new Port(child.stdio[FIRST_FD + index] as Duplex, ended));
  const guest = overPorts(child, ports, ended);
  const timer = setTimeout(() => child.kill('SIGKILL'), READY_MS);
  try {
    await guest.run('true');
  } catch {
    await guest.close();
    throw new Error(`the guest kernel did not start: ${said.trim().split('\n').slice(-8).join('\n')}`);
  } finally {
    clearTimeout(timer);
  }
  return guest;
}

function overPorts(child: ChildProcess, ports: readonly Port[], ended: Promise<void>): Guest {
  const free = [...ports];
  const waiting: ((port: Port) => void)[] = [];
  const take = async (): Promise<Port> => {
    const port = free.shift() ?? (await new Promise<Port>((resolve) => waiting.push(resolve)));
    return port.lent(() => {
      const next = waiting.shift();
      if (next === undefined) free.push(port);
      else next(port);
    });
  };
  return {
    take,
    run: async (line) => {
      const port = await take();
      const output: string[] = [];
      try {
        const code = await port.start(`{ ${line}\n} </dev/null 2>&1`.replaceAll('\n', ' ; '), (text) =>
          output.push(text),
        );
        return { code, output: output.join('\n').trimEnd() };
      } finally {
        port.giveBack();
      }
    },
    close: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function machineArguments({ kernel, results }: GuestOptions): readonly string[] {
  const words = ['console=ttyS0', 'quiet', 'panic=-1', 'mitigations=off', `skoop.modules=${kernel.modules}`];
  return [
    ['-M', 'q35', '-cpu', 'qemu64', '-smp', '1', '-m', '1536', '-accel', 'tcg,tb-size=512'],
    ['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-serial', 'stdio'],
    ['-kernel', kernel.image, '-initrd', kernel.initramfs],
    ['-append', [...words, ...(results === undefined ? [] : [`skoop.results=${results}`])].join(' ')],
    share('machine', '/', 'readonly=on'),
    results === undefined ? [] : share('results', results, 'readonly=off'),
    ['-device', 'virtio-serial-pci'],
    Array.from({ length: PORTS }, (_, index) => [
      '-chardev',
      `socket,id=port${index},fd=${FIRST_FD + index}`,
      '-device',
      `virtserialport,chardev=port${index},name=port${index}`,
    ]).flat(),
  ].flat();
}

const share = (tag: string, path: string, access: string): readonly string[] => [
  '-fsdev',
  `local,id=${tag},path=${path},security_model=none,multidevs=remap,${access}`,
  '-device',
  `virtio-9p-pci,fsdev=${tag},mount_tag=${tag}`,
];
