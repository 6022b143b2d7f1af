/** Serves one result as a page until it is told to stop. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PacketPath } from '../../model/path.ts';
import { toD2 } from '../d2/index.ts';
import { toJson } from '../json/index.ts';
import { toSvg } from '../svg/index.ts';
import { renderText } from '../text/index.ts';
import type { ListenAddress } from './address.ts';
import { resultPage } from './page.ts';

export interface Served {
  readonly url: string;
  /** Ends it and every connection. */
  close(): Promise<void>;
}

interface Answer {
  readonly type: string;
  readonly body: string;
}

const TEXT_WIDTH = 120;

/** Rejects with what `listen` says: the port is taken, the address is not this machine's. */
export async function serveResult(path: PacketPath, address: ListenAddress): Promise<Served> {
  const svg = await toSvg(path);
  const text = renderText(path, { color: false, width: TEXT_WIDTH, verbose: true });
  const answers = new Map<string, Answer>([
    ['/', { type: 'text/html; charset=utf-8', body: resultPage({ path, svg, text }) }],
    ['/result.json', { type: 'application/json', body: `${JSON.stringify(toJson(path), undefined, 2)}\n` }],
    ['/path.svg', { type: 'image/svg+xml', body: svg }],
    ['/path.d2', { type: 'text/plain; charset=utf-8', body: toD2(path) }],
  ]);
  const server = createServer((request, response) => {
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const answer = answers.get((request.url ?? '').split('?', 1)[0]!);
    if (!isRead || answer === undefined || !isOurName(request.headers.host, address.host)) {
      response.writeHead(isRead ? 404 : 405, { 'content-type': 'text/plain' }).end('not here\n');
      return;
    }
    response.writeHead(200, {
      'content-type': answer.type,
      'content-length': Buffer.byteLength(answer.body),
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
      'x-content-type-options': 'nosniff',
    });
    response.end(request.method === 'HEAD' ? undefined : answer.body);
  });
  await listen(server, address);
  return { url: urlOf(server, address), close: async () => close(server) };
}

/** A page elsewhere whose name was made to lead here must not read the cluster's state (DNS rebinding). */
function isOurName(header: string | undefined, host: string | undefined): boolean {
  const name = (header ?? '').replace(/:\d+$/, '').replaceAll(/[[\]]/g, '');
  return host === undefined || name === host || name === 'localhost' || /^[0-9.]+$|:/.test(name);
}

async function listen(server: Server, { host, port }: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  return closed;
}

function urlOf(server: Server, { host }: ListenAddress): string {
  const { port } = server.address() as AddressInfo;
  const name = host ?? 'localhost';
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}/`;
}
