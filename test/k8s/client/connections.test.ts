/** How many connections the client opens, and what happens to one that the server closes while it waits for its next request. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { ApiServer } from '../../../src/k8s/client/api-server.ts';
import { connect } from '../../../src/k8s/client/connect.ts';

const folder = mkdtempSync(join(tmpdir(), 'connections-'));
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Seen {
  readonly api: ApiServer;
  readonly server: Server;
  readonly connections: Socket[];
}

/** A server that answers each request with how many there were on its connection, but breaks off what `breaks` says. */
async function serve(breaks: (nth: number, connection: number) => boolean): Promise<Seen> {
  const connections: Socket[] = [];
  const counts = new Map<Socket, number>();
  const server = createServer((request, answer) => {
    const { socket } = request;
    const nth = (counts.get(socket) ?? 0) + 1;
    counts.set(socket, nth);
    if (breaks(nth, connections.indexOf(socket))) return void socket.resetAndDestroy();
    // Long enough that requests have to wait for each other.
    void sleep(20).then(() => answer.end(JSON.stringify({ nth })));
  });
  servers.push(server);
  server.on('connection', (socket) => connections.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const file = join(folder, `kubeconfig-${port}`);
  writeFileSync(
    file,
    JSON.stringify({
      clusters: [{ name: 'c', cluster: { server: `http://127.0.0.1:${port}` } }],
      users: [{ name: 'u', user: {} }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    }),
  );
  return { api: await connect({ file, env: {} }), server, connections };
}

const ALL = 30;
const manyAtOnce = async (api: ApiServer): Promise<readonly unknown[]> =>
  Promise.all(Array.from({ length: ALL }, async (_, n) => api.get(`/api/v1/namespaces/n${n}`)));

describe('thirty requests at once', () => {
  it('share six connections', async () => {
    const { api, connections } = await serve(() => false);
    expect(await manyAtOnce(api)).toHaveLength(ALL);
    expect(connections).toHaveLength(6);
    api.close();
  });

  it('are all answered where the server breaks off a connection that was used before', async () => {
    const { api, connections } = await serve((nth, connection) => nth === 3 && connection < 4);
    expect(await manyAtOnce(api)).toHaveLength(ALL);
    expect(connections).toHaveLength(10);
    api.close();
  });
});

describe('a request on a connection that broke off', () => {
  it('is not sent again where the connection was new', async () => {
    const { api, connections } = await serve(() => true);
    await expect(api.get('/api/v1/namespaces/shop')).rejects.toMatchObject({ problem: 'unreachable' });
    expect(connections).toHaveLength(1);
    api.close();
  });

  it('is not sent again where it makes something', async () => {
    const { api, connections } = await serve((nth) => nth === 2);
    await api.get('/api/v1/namespaces/shop');
    await expect(api.create('/api/v1/namespaces', {})).rejects.toMatchObject({ problem: 'unreachable' });
    expect(connections).toHaveLength(1);
    api.close();
  });
});

describe('an exec whose connection is cut', () => {
  it('before it began counts as broken, and may be tried again', async () => {
    const { api, server } = await serve(() => false);
    server.on('upgrade', (_request, socket) => void (socket as Socket).resetAndDestroy());
    const at = { namespace: 'skoop', pod: 'skoop-agent-0', container: 'collector' };
    await expect(api.exec(at, ['sh'], { timeLimit: 5000, onStdout: () => {} })).rejects.toMatchObject({
      problem: 'broken',
      message: 'the connection broke while sh in skoop/skoop-agent-0 ran (before it began)',
    });
    api.close();
  });
});
