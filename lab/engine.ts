/** One process that holds a scenario's namespaces and acts inside them, as typed calls. Everything ends when it ends. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** `@ns:NAME@` in a command stands for the path of a namespace. */
export type Command =
  | { readonly argv: readonly string[]; readonly stdin?: string }
  | { readonly sh: string; readonly stdin?: string };

export interface Batch {
  readonly ns: string;
  readonly commands: readonly Command[];
}

/** Path below /proc/sys, and the value. */
export type SysctlPair = readonly [string, string];

export interface Failure {
  readonly ns: string;
  readonly command: string;
  readonly code: number;
  readonly stderr: string;
}

export interface Probe {
  /** Namespace it is sent from. */
  readonly from: string;
  readonly to: string;
  readonly port: number;
  readonly protocol: 'tcp' | 'udp' | 'icmp';
  /** Bytes to send; the answer is as long. Absent: a few bytes. */
  readonly size?: number;
  /** Source address, where the kernel is not to choose. */
  readonly bind?: string;
  /** TCP to a server of another kind: open once connected, without a question to it. */
  readonly connectOnly?: boolean;
}

export interface ProbeResult {
  /** `open`, `timeout`, `closed` (connection ended without an answer) or an errno's name. */
  readonly result: string;
  /** Source address that the kernel chose. */
  readonly from: string;
  /** How far it came: a TCP time-out at `open` is one after the handshake; at `call` the sender's own call failed at once. */
  readonly stage: 'call' | 'connect' | 'open' | 'sent';
  /** Tells this probe's datagrams and echo requests from the others of the same round: their payload or number has it. */
  readonly token?: number;
  /** The server's call that was to answer this datagram failed at once. */
  readonly unanswered?: { readonly in: string; readonly error: string };
  /** Sequence number of a failed connection's SYN, where the kernel tells it. */
  readonly sequence?: number;
  /** Peer as the server saw it, `10.77.0.1:34567`. */
  readonly saw?: string;
  /** Address that the server was reached at. */
  readonly at?: string;
  /** Name of the server that answered. */
  readonly server?: string;
  /** Where a packet of this failed probe was seen to arrive all the same: the answer was lost. */
  readonly arrived?: string;
  /** Of TCP: the kernel has sent the packet more than once, and what came back may be an answer to a later one. */
  readonly resent?: true;
}

export interface NodeMachine {
  readonly name: string;
  readonly ns: string;
  readonly pods: readonly { readonly ns: string; readonly netns: string; readonly cgroup: string }[];
}

export interface ServerRow {
  readonly ns: string;
  readonly name: string;
  readonly listen: readonly {
    readonly protocol: 'tcp' | 'udp';
    readonly port: number;
    readonly address: string;
    readonly v6only?: boolean;
    readonly device?: string;
    readonly freebind?: boolean;
  }[];
}

export interface CollectedDump {
  readonly node: string;
  readonly code: number;
  readonly dump: Buffer;
  readonly stderr: string;
}

export interface Engine {
  create(names: readonly string[]): Promise<Readonly<Record<string, number>>>;
  /** Takes in namespaces that others made, by the paths of their files. One of a name that is there replaces it. */
  adopt(namespaces: Readonly<Record<string, string>>): Promise<void>;
  sysctl(values: Readonly<Record<string, readonly SysctlPair[]>>): Promise<readonly Failure[]>;
  quicken(names: readonly string[]): Promise<void>;
  nfacct(names: readonly string[], objects: readonly string[]): Promise<void>;
  run(batches: readonly Batch[]): Promise<readonly Failure[]>;
  nodes(nodes: readonly NodeMachine[]): Promise<void>;
  serve(servers: readonly ServerRow[]): Promise<void>;
  /** `timeout` in seconds. With `quiet` nothing is late as long as somebody heard something in the last so many seconds. */
  probe(probes: readonly Probe[], timeout: number, quiet?: number): Promise<readonly ProbeResult[]>;
  collect(
    nodes: readonly { readonly name: string; readonly args: readonly string[] }[],
    argv: readonly string[],
  ): Promise<readonly CollectedDump[]>;
  execute(
    name: string,
    argv: readonly string[],
  ): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>;
  /** Starts to record which rules packets hit in the namespaces. */
  traceStart(names: readonly string[], backend: 'legacy' | 'nft'): Promise<void>;
  /** What was recorded since the last call: per namespace `TABLE:CHAIN:rule:NUMBER` or `TABLE:CHAIN:policy…`, in order. */
  traceRead(): Promise<Readonly<Record<string, readonly string[]>>>;
  traceStop(): Promise<void>;
  close(): Promise<void>;
}

/** The program that holds the namespaces, as root runs it. */
export const HOLDER: readonly string[] = [
  '/usr/bin/python3',
  '-I',
  '-S',
  fileURLToPath(new URL('namespaces.py', import.meta.url)),
];

/** A running holder, on this machine or elsewhere: requests are lines, answers are lines in the same order. */
export interface Holder {
  write(text: string): void;
  onLine(listen: (line: string) => void): void;
  /** Why no more answers come. */
  readonly ended: Promise<Error>;
  /** Ends it and all that it holds. */
  kill(): Promise<void>;
}

/** Root makes namespaces directly; anyone else in a user namespace, if the machine lets them. */
export function startEngine(): Engine {
  const argv =
    process.getuid?.() === 0 ? HOLDER : ['unshare', '--user', '--map-root-user', '--net', '--mount', ...HOLDER];
  const child = spawn(argv[0]!, argv.slice(1), { stdio: ['pipe', 'pipe', 'inherit'], detached: true });
  child.stdin.on('error', () => {});
  const ended = new Promise<Error>((resolve) => {
    child.on('error', (cause) => resolve(new Error('the laboratory needs python3', { cause })));
    child.on('exit', (code, signal) => resolve(new Error(`the namespace holder ended: ${signal ?? code}`)));
  });
  return overHolder({
    write: (text) => child.stdin.write(text),
    onLine: (listen) => createInterface({ input: child.stdout }).on('line', listen),
    ended,
    kill: async () => {
      try {
        // the whole group: commands that still run inside go with their holder
        process.kill(-child.pid!, 'SIGKILL');
      } catch {
        child.kill('SIGKILL');
      }
      await ended;
    },
  });
}

export function overHolder(holder: Holder): Engine {
  const waiting: { resolve: (value: unknown) => void; reject: (error: Error) => void }[] = [];
  let ended: Error | undefined;
  const endWith = async (): Promise<void> => {
    ended = await holder.ended;
    for (const one of waiting.splice(0)) one.reject(ended);
  };
  void endWith();
  holder.onLine((line) => {
    const answer = JSON.parse(line) as { ok?: unknown; error?: string };
    const one = waiting.shift();
    if (answer.error === undefined) one?.resolve(answer.ok);
    else one?.reject(new Error(answer.error));
  });
  const ask = async <T>(op: string, request: object): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      if (ended) return reject(ended);
      waiting.push({ resolve: resolve as (value: unknown) => void, reject });
      holder.write(`${JSON.stringify({ op, ...request })}\n`);
    });
  return {
    create: (names) => ask('create', { names }),
    adopt: (namespaces) => ask('adopt', { namespaces }),
    sysctl: (values) => ask('sysctl', { values }),
    quicken: (names) => ask('quicken', { names }),
    nfacct: (names, objects) => ask('nfacct', { names, objects }),
    run: (batches) => ask('run', { batches }),
    nodes: (nodes) => ask('nodes', { nodes }),
    serve: (servers) => ask('serve', { servers }),
    probe: (probes, timeout, quiet = 0) => ask('probe', { probes, timeout, quiet }),
    collect: async (nodes, argv) => {
      const dumps = await ask<readonly { node: string; code: number; dump: string; stderr: string }[]>('collect', {
        nodes,
        argv,
      });
      return dumps.map((dump) => ({ ...dump, dump: Buffer.from(dump.dump, 'base64') }));
    },
    execute: (name, argv) => ask('execute', { name, argv }),
    traceStart: (names, backend) => ask('trace_start', { names, backend }),
    traceRead: () => ask('trace_read', {}),
    traceStop: () => ask('trace_stop', {}),
    close: async () => {
      if (!ended) await holder.kill();
    },
  };
}
