/** A network namespace of the test's own, and the kernel's `ip route get` in it as the oracle. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { release } from 'node:os';
import * as parse from '../../../src/netstack/parse/index.ts';
import type { RouterState } from '../../../src/netstack/router/index.ts';

/** Why kernel tests cannot run here; undefined where they can. */
export function whyNoKernel(): string | undefined {
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  for (const tool of ['ip', 'nsenter', 'bridge', 'ss']) {
    if (spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0) return `${tool} is not installed`;
  }
  const probe = `router-probe-${process.pid}`;
  const made = spawnSync('ip', ['netns', 'add', probe], { encoding: 'utf8' });
  if (made.status !== 0) return `ip netns add: ${made.stderr.trim()}`;
  spawnSync('ip', ['netns', 'del', probe]);
  return undefined;
}

export interface Namespace {
  readonly name: string;
  /** Standard output; throws where the command fails. */
  run(command: string, input?: string): string;
  /** Output and errors of a command that may fail. */
  attempt(
    command: string,
    input?: string,
  ): { readonly status: number; readonly stdout: string; readonly stderr: string };
  /** `ip -force -batch` of lines of which some may be refused. */
  batch(lines: readonly string[]): string;
  remove(): void;
}

let count = 0;

export function namespace(): Namespace {
  const name = `router-${process.pid}-${++count}`;
  const made = spawnSync('ip', ['netns', 'add', name], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(made.stderr);
  const attempt = (command: string, input = '') => {
    const done = spawnSync('nsenter', [`--net=/run/netns/${name}`, 'sh', '-c', command], {
      input,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    return { status: done.status ?? -1, stdout: done.stdout, stderr: done.stderr };
  };
  return {
    name,
    attempt,
    run(command, input) {
      const done = attempt(command, input);
      if (done.status !== 0) throw new Error(`${command}: ${done.stderr}`);
      return done.stdout;
    },
    batch(lines) {
      // A batch has one family for all its lines: -4 and -6 lines go each into their own.
      return (['', '-4 ', '-6 '] as const)
        .map((family) => {
          const own = lines.filter((line) => (family === '' ? !/^-[46] /.test(line) : line.startsWith(family)));
          return attempt(`ip ${family}-force -batch -`, `${own.map((line) => line.slice(family.length)).join('\n')}\n`)
            .stderr;
        })
        .join('');
    },
    remove() {
      if (existsSync(`/run/netns/${name}`)) spawnSync('ip', ['netns', 'del', name]);
    },
  };
}

/** The namespace's state as a collector would dump it. `numeric` is how the collector asks. */
export function readState(ns: Namespace, { numeric = true } = {}): RouterState {
  const ip = numeric ? 'ip -N -j' : 'ip -j';
  return {
    links: parse.parseLinks(ns.run(`${ip} -d link`), ns.run('bridge -j -d link')),
    addresses: parse.parseAddresses(ns.run(`${ip} addr`)),
    routes4: parse.parseRoutes(ns.run(`${ip} -4 route show table all`), 4),
    routes6: parse.parseRoutes(ns.run(`${ip} -6 route show table all`), 6),
    rules4: parse.parseRules(ns.run(`${ip} -4 rule`), 4),
    rules6: parse.parseRules(ns.run(`${ip} -6 rule`), 6),
    tries: parse.parseTries(ns.run('cat /proc/net/fib_triestat')),
    nexthops: parse.parseNexthops(ns.run(`${ip} nexthop`)),
    neighbours: parse.parseNeighbours(ns.run(`${ip} neigh`), ns.run(`${ip} neigh show proxy`)),
    sysctls: parse.parseSysctls(ns.run('grep -r . /proc/sys/net 2>/dev/null || true')),
    kernel: release(),
  };
}

/** What `ip route get` says: a route, or the error of the system call. */
export interface KernelAnswer {
  readonly error?: string;
  readonly type?: string;
  readonly dev?: string;
  readonly gateway?: string;
  readonly prefsrc?: string;
  readonly table?: string;
  readonly dst?: string;
  readonly metric?: number;
}

const ERRNO: Readonly<Record<string, string>> = {
  'Network is unreachable': 'ENETUNREACH',
  'No route to host': 'EHOSTUNREACH',
  'Permission denied': 'EACCES',
  'Invalid argument': 'EINVAL',
  'Invalid cross-device link': 'EXDEV',
  'Cannot assign requested address': 'EADDRNOTAVAIL',
};

/** Asks all queries (the text after `route get`) in one batch. */
export function routeGet(ns: Namespace, family: 4 | 6, queries: readonly string[]): readonly KernelAnswer[] {
  const { stdout, stderr } = ns.attempt(
    `ip -N -j -${family} -force -batch -`,
    `${queries.map((query) => `route get ${query}`).join('\n')}\n`,
  );
  const errors = new Map<number, string>();
  for (const match of stderr.matchAll(/(?:RTNETLINK answers|Error): (.*)\n(?:.*\n)*?Command failed -:(\d+)/g)) {
    errors.set(Number(match[2]), ERRNO[match[1]!.trim()] ?? match[1]!.trim());
  }
  const found = stdout.split('\n').filter((line) => line.startsWith('['));
  let next = 0;
  return queries.map((_, i) => {
    const error = errors.get(i + 1);
    if (error !== undefined) return { error };
    const entry = (JSON.parse(found[next++] ?? '[{}]') as Record<string, unknown>[])[0]!;
    return toAnswer(entry);
  });
}

function toAnswer(entry: Record<string, unknown>): KernelAnswer {
  const text = (key: string): string | undefined => (typeof entry[key] === 'string' ? entry[key] : undefined);
  const via = entry['via'] as { readonly host: string } | undefined;
  const gateway = via?.host ?? text('gateway');
  const parts = {
    type: text('type') ?? '1',
    dev: text('dev'),
    prefsrc: text('prefsrc'),
    table: text('table') ?? '254',
    dst: text('dst'),
    gateway,
  };
  return {
    ...(Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)) as KernelAnswer),
    ...(typeof entry['metric'] === 'number' && { metric: entry['metric'] }),
  };
}

/** mulberry32: the same numbers for the same seed. */
export function random(seed: number): {
  below(n: number): number;
  pick<T>(from: readonly T[]): T;
  chance(p: number): boolean;
} {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (n: number): number => Math.floor(next() * n);
  return { below, pick: (from) => from[below(from.length)]!, chance: (p) => next() < p };
}
