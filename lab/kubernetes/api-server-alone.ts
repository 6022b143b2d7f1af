/** An API server with nothing behind it but etcd, on loopback: for what is about asking it, not about nodes. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isBuilt, placeOf } from './build/cache.ts';
import { ETCD, KUBERNETES } from './build/programs.ts';
import { makeCertificates } from './certificates.ts';

export interface ApiServerAlone {
  readonly url: string;
  /** Has `pki` with ca.crt, admin.crt and admin.key. */
  readonly folder: string;
  stop(): Promise<void>;
}

export interface AloneOptions {
  /** Names by their tokens; `user:group` puts one into a group. */
  readonly tokens?: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
}

/** Undefined where it can be started; else `needs …`. */
export function missingForApiServer(): string | undefined {
  if (process.platform !== 'linux') return 'needs linux';
  return isBuilt(ETCD) && isBuilt(KUBERNETES) ? undefined : 'needs the tool kube-apiserver';
}

export async function startApiServer(options: AloneOptions = {}): Promise<ApiServerAlone> {
  const folder = await mkdtemp(join(tmpdir(), 'skoop-apiserver-'));
  const pki = join(folder, 'pki');
  const [client, peer, port] = await freePorts(3);
  const children: ChildProcess[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(children.toReversed().map(end));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await makeCertificates(pki, 0);
    const tokens = Object.entries(options.tokens ?? {}).map(([token, who]) => {
      const [user = '', group] = who.split(':');
      return `${token},${user},${user}${group === undefined ? '' : `,"${group}"`}\n`;
    });
    await writeFile(join(folder, 'tokens.csv'), tokens.join(''), { mode: 0o600 });
    const start = (name: string, argv: readonly string[]): void => {
      const log = openSync(join(folder, `${name}.log`), 'a');
      // ends with us, however we end
      children.push(spawn('setpriv', ['--pdeathsig', 'KILL', ...argv], { stdio: ['ignore', log, log], cwd: '/' }));
      closeSync(log);
    };
    const etcd = `http://127.0.0.1:${client}`;
    start('etcd', [
      join(placeOf(ETCD), 'etcd'),
      `--data-dir=${folder}/etcd`,
      `--listen-client-urls=${etcd}`,
      `--advertise-client-urls=${etcd}`,
      `--listen-peer-urls=http://127.0.0.1:${peer}`,
      `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`,
      `--initial-cluster=default=http://127.0.0.1:${peer}`,
      '--unsafe-no-fsync',
    ]);
    start('kube-apiserver', [
      join(placeOf(KUBERNETES), 'kube-apiserver'),
      ...flags({ folder, pki, etcd, port: port! }),
      ...(options.flags ?? []),
    ]);
    await ready(children, { folder, pki, port: port! });
    return { url: `https://127.0.0.1:${port}`, folder, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Place {
  readonly folder: string;
  readonly pki: string;
  readonly port: number;
}

const flags = ({ folder, pki, port, etcd }: Place & { readonly etcd: string }): string[] => [
  `--etcd-servers=${etcd}`,
  '--bind-address=127.0.0.1',
  `--secure-port=${port}`,
  // nobody is told of it, but it must not be loopback
  '--advertise-address=192.0.2.1',
  '--endpoint-reconciler-type=none',
  `--tls-cert-file=${pki}/apiserver.crt`,
  `--tls-private-key-file=${pki}/apiserver.key`,
  `--client-ca-file=${pki}/ca.crt`,
  `--token-auth-file=${folder}/tokens.csv`,
  `--service-account-key-file=${pki}/sa.pub`,
  `--service-account-signing-key-file=${pki}/sa.key`,
  '--service-account-issuer=https://kubernetes.default.svc',
  '--service-cluster-ip-range=10.96.0.0/16',
  '--authorization-mode=RBAC',
  // there is no controller that makes the accounts that pods ask for
  '--disable-admission-plugins=ServiceAccount',
  '--allow-privileged=true',
];

const SECONDS = 120;

async function ready(children: readonly ChildProcess[], { folder, pki, port }: Place): Promise<void> {
  const [ca, cert, key] = await Promise.all(
    ['ca.crt', 'admin.crt', 'admin.key'].map(async (file) => readFile(join(pki, file))),
  );
  const deadline = performance.now() + SECONDS * 1000;
  const ask = async (): Promise<boolean> =>
    new Promise((resolve) => {
      const sent = request({ host: '127.0.0.1', port, path: '/readyz', ca, cert, key, agent: false, timeout: 5000 });
      sent.on('response', (answer) => {
        answer.resume();
        resolve(answer.statusCode === 200);
      });
      sent.on('timeout', () => sent.destroy());
      sent.on('error', () => resolve(false));
      sent.end();
    });
  while (!(await ask())) {
    if (performance.now() > deadline || children.some(({ exitCode }) => exitCode !== null)) {
      const log = await readFile(join(folder, 'kube-apiserver.log'), 'utf8').catch(() => '');
      throw new Error(`the API server does not start:\n${log.trimEnd().split('\n').slice(-8).join('\n')}`);
    }
    await sleep(100);
  }
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(
    servers.map(async (server) => {
      server.close();
      await once(server, 'close');
    }),
  );
  return ports;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}
