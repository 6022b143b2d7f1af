/** What is said where a command in a pod can have no WebSocket, by answers that were seen of a real kube-apiserver. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { connect } from '../../../src/k8s/client/connect.ts';
import { ownKeys } from './forward-proxy.ts';

const folder = mkdtempSync(join(tmpdir(), 'no-web-socket-'));
afterAll(() => rmSync(folder, { recursive: true }));

const failure = (message: string, code: number): string =>
  JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', message, reason: 'BadRequest', code });

/** Speaks TLS, answers every upgrade with the same, and closes the connection as kube-apiserver does. */
async function said(status: number, body: string): Promise<unknown> {
  const { cert, key, file } = ownKeys(folder);
  const server = createServer({ cert, key });
  server.on('upgrade', (_request, socket) => {
    const head = `HTTP/1.1 ${status} Answer\r\nConnection: close\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
    socket.end(head + body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const kubeconfig = join(folder, 'config');
  const cluster = { server: `https://localhost:${port}`, 'certificate-authority': file };
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      clusters: [{ name: 'c', cluster }],
      users: [{ name: 'u', user: {} }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    }),
  );
  const api = await connect({ file: kubeconfig, env: {} });
  try {
    const at = { namespace: 'shop', pod: 'web', container: 'web' };
    return await api.exec(at, ['true'], { onStdout: () => {}, timeLimit: 10_000 }).catch((error: unknown) => error);
  } finally {
    api.close();
    server.close();
  }
}

const PREFIX = 'commands in pods go over a WebSocket, and';

describe('an upgrade that is answered', () => {
  it.each<[what: string, status: number, body: string, message: string, isToBePassedOn: boolean]>([
    [
      'as a request that came without its header',
      400,
      failure('Upgrade request required', 400),
      `${PREFIX} the request for one came to the API server as an ordinary request (400)`,
      true,
    ],
    [
      'with a demand to upgrade',
      426,
      '',
      `${PREFIX} the request for one came to the API server as an ordinary request (426)`,
      true,
    ],
    [
      'by who knows no protocol of ours',
      403,
      '\n',
      `${PREFIX} what answers for the pod knows none of Kubernetes' protocols for it (403, without a word)`,
      true,
    ],
    ['by a page', 200, '<html>', `${PREFIX} what answers for the API server opens none (200)`, true],
    [
      'with what is wrong with the command',
      400,
      failure('container shop is not valid for pod web', 400),
      'the API server refused it: container shop is not valid for pod web',
      false,
    ],
  ])('%s', async (_, status, body, message, isToBePassedOn) => {
    expect(await said(status, body)).toMatchObject({
      name: 'ApiError',
      problem: 'refused',
      status,
      message,
      remedy: isToBePassedOn
        ? (expect.stringMatching(/^It has to be passed on by .*--dump FILE\.$/) as string)
        : undefined,
    });
  });
});
