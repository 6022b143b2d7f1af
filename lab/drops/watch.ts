/** Asks the kernel for every packet that it drops, and where and why: one bpftrace for all cases. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { droppedPacket, type DroppedPacket } from './dropped-packet.ts';

export interface Drop {
  /** Inode of the network namespace. */
  readonly namespace: number;
  /** Nanoseconds on the monotonic clock. */
  readonly at: bigint;
  /** The kernel's own name: `NETFILTER_DROP`, `IP_RPFILTER`. */
  readonly reason: string;
  /** The kernel function that freed it. */
  readonly location: string;
  readonly packet: DroppedPacket;
}

export interface DropWatch {
  /** From here on these namespaces' drops are kept; those of all others on this machine are not. */
  follow(namespaces: Iterable<number>): void;
  forget(namespaces: Iterable<number>): void;
  /** What was dropped in the namespaces since, once all of it is known; undefined if the kernel had to leave some out. */
  since(start: bigint, namespaces: Iterable<number>): Promise<readonly Drop[] | undefined>;
  close(): Promise<void>;
}

// tracefs is mounted for this process alone; the names of the reasons come from the kernel as well
const SCRIPT =
  'mount -t tracefs tracefs /sys/kernel/tracing && grep "^print fmt" /sys/kernel/tracing/events/skb/kfree_skb/format && exec bpftrace -B line "$0" "$1"';
const READY_MS = 20_000;
/** Longer than a busy machine keeps bpftrace waiting; what is not told by then is not checked. */
const PATIENCE_MS = 15_000;
const TICK_MS = 20;
/** A sentence where the machine does not allow it. */
export async function startDropWatch(): Promise<DropWatch | string> {
  if (process.getuid?.() !== 0) return 'bpftrace needs root';
  const own = /\d+/.exec(readlinkSync('/proc/self/ns/net'))![0];
  const program = fileURLToPath(new URL('kfree-skb.bt', import.meta.url));
  const child = spawn('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', SCRIPT, program, own], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, BPFTRACE_STRLEN: '160', BPFTRACE_PERF_RB_PAGES: '1024' },
  });
  const watch = new Watch(child);
  const why = await watch.ready;
  if (why === undefined) return watch;
  await watch.close();
  return why;
}

class Watch implements DropWatch {
  readonly ready: Promise<string | undefined>;
  readonly #child: ChildProcess;
  readonly #drops = new Map<number, Drop[]>();
  #reasons = new Map<string, string>();
  /** Of the latest tick, whichever processor gave it. */
  #tick = 0n;
  #lost: bigint | undefined;
  #waiting: (() => void)[] = [];
  #ended = false;

  constructor(child: ChildProcess) {
    this.#child = child;
    let stderr = '';
    child.stderr!.on('data', (data: Buffer) => (stderr = (stderr + data.toString()).slice(-500)));
    this.ready = new Promise((resolve) => {
      const timer = setTimeout(() => resolve(`bpftrace was not ready in time: ${stderr}`), READY_MS);
      const end = (why: string | undefined): void => {
        clearTimeout(timer);
        resolve(why);
      };
      child.on('error', (error) => end(error.message));
      child.on('close', () => {
        this.#ended = true;
        this.#wake();
        end(`it needs the tool bpftrace, and a kernel that allows it: ${stderr.trim()}`);
      });
      createInterface({ input: child.stdout! }).on('line', (line) => {
        if (line === 'R') end(undefined);
        else this.#read(line);
      });
    });
  }

  async since(start: bigint, namespaces: Iterable<number>): Promise<readonly Drop[] | undefined> {
    const end = process.hrtime.bigint();
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      this.#wake();
    }, PATIENCE_MS);
    // a processor that has nothing to do does not tick, so this one is kept from sleeping
    const stir = setInterval(() => {}, TICK_MS);
    // the buffers of all processors are read in rounds: a tick after the first one that was seen is of a later round, and
    // may still be read before the other buffers of that round are; the third is not
    for (let moment = end, round = 0; round < 3 && !this.#ended && !isLate; round++) {
      while (this.#tick <= moment && !this.#ended && !isLate)
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
      moment = process.hrtime.bigint();
    }
    clearInterval(stir);
    clearTimeout(timer);
    if (isLate) return undefined;
    if (this.#ended || (this.#lost !== undefined && this.#lost >= start)) return undefined;
    return [...namespaces].flatMap((one) => (this.#drops.get(one) ?? []).filter((drop) => drop.at >= start));
  }

  follow(namespaces: Iterable<number>): void {
    for (const one of namespaces) this.#drops.set(one, []);
  }

  forget(namespaces: Iterable<number>): void {
    for (const one of namespaces) this.#drops.delete(one);
  }

  async close(): Promise<void> {
    if (this.#ended) return;
    const closed = new Promise<void>((resolve) => this.#child.once('close', () => resolve()));
    this.#child.kill('SIGKILL');
    await closed;
  }

  #read(line: string): void {
    const words = line.split(' ');
    if (words[0] === 'T') {
      const tick = BigInt(words[1]!);
      if (tick > this.#tick) this.#tick = tick;
      this.#wake();
    } else if (words[0] === 'D') this.#keep(words);
    else if (line.startsWith('Lost ')) this.#lost = process.hrtime.bigint();
    else if (line.startsWith('print fmt'))
      this.#reasons = new Map([...line.matchAll(/\{ (\d+), "(\w+)" \}/g)].map((found) => [found[1]!, found[2]!]));
  }

  #keep([, at, namespace, reason, location, hex]: readonly string[]): void {
    const list = this.#drops.get(Number(namespace));
    if (list === undefined) return;
    const packet = droppedPacket(Buffer.from(hex!.replaceAll('\\x', ''), 'hex'));
    if (packet === undefined) return;
    list.push({
      namespace: Number(namespace),
      at: BigInt(at!),
      reason: this.#reasons.get(reason!) ?? reason!,
      location: location!,
      packet,
    });
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
