/** Connections through a proxy: a tunnel to the API server (HTTP CONNECT or SOCKS), and TLS in it as if there were none. */
import { request } from 'node:http';
import type { AgentOptions } from 'node:https';
import { Agent } from 'node:https';
import { isIP } from 'node:net';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTLS } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import { ProxyRefusal } from './proxy.ts';

type Settle = (error: Error | null, socket: Duplex) => void;

export class TunnelAgent extends Agent {
  readonly #proxy: URL;
  readonly #server: { readonly host: string; readonly port: number; readonly isSecure: boolean };

  constructor(proxy: URL, server: URL, options: AgentOptions) {
    super(options);
    this.#proxy = proxy;
    const isSecure = server.protocol === 'https:';
    const port = server.port === '' ? (isSecure ? 443 : 80) : Number(server.port);
    this.#server = { host: bare(server.hostname), port, isSecure };
    // Else Node refuses a request without TLS on an agent that has it.
    if (!isSecure) Object.assign(this, { protocol: 'http:', defaultPort: 80 });
  }

  /** Node calls it for every new connection. */
  override createConnection(options: ConnectionOptions, settle?: Settle): undefined {
    const { host, port, isSecure } = this.#server;
    const name = options.servername || host;
    const secure = (socket: Socket): Socket =>
      isSecure ? connectTLS({ ...options, host, socket, ...(isIP(name) === 0 && { servername: name }) }) : socket;
    openTunnel(this.#proxy, { host, port }).then(
      (socket) => settle?.(null, secure(socket)),
      // Node's own type has no room for a failure without a socket.
      (error: unknown) => (settle as ((error: unknown) => void) | undefined)?.(error),
    );
  }
}

interface Target {
  readonly host: string;
  readonly port: number;
}

async function openTunnel(proxy: URL, target: Target): Promise<Socket> {
  return proxy.protocol.startsWith('socks') ? throughSocks(proxy, target) : throughHTTP(proxy, target);
}

const TIME_LIMIT = 15_000;

async function throughHTTP(proxy: URL, { host, port }: Target): Promise<Socket> {
  const isSecure = proxy.protocol === 'https:';
  const send = isSecure ? (await import('node:https')).request : request;
  const authority = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  return new Promise((resolve, reject) => {
    const asked = send({
      method: 'CONNECT',
      host: bare(proxy.hostname),
      port: proxy.port === '' ? (isSecure ? 443 : 80) : Number(proxy.port),
      path: authority,
      // Node would take the Host header's name, which is the server's, for the proxy's own.
      servername: isIP(bare(proxy.hostname)) === 0 ? proxy.hostname : '',
      headers: { host: authority, ...authorization(proxy) },
      agent: false,
      timeout: TIME_LIMIT,
    });
    asked.on('connect', (answer, socket: Socket) => {
      if (answer.statusCode === 200) return resolve(socket);
      socket.destroy();
      reject(new ProxyRefusal(`the proxy refused (status ${answer.statusCode ?? 0} ${answer.statusMessage ?? ''})`));
    });
    asked.on('response', (answer) => {
      answer.destroy();
      reject(new ProxyRefusal(`the proxy refused (status ${answer.statusCode ?? 0} ${answer.statusMessage ?? ''})`));
    });
    asked.on('timeout', () => asked.destroy(new ProxyRefusal('the proxy gave no answer')));
    asked.on('error', (error) => reject(new ProxyRefusal(`the proxy: ${error.message}`, { cause: error })));
    asked.end();
  });
}

async function throughSocks(proxy: URL, destination: Target): Promise<Socket> {
  const { SocksClient } = await import('socks');
  const [user, password] = [proxy.username, proxy.password].map(decodeURIComponent);
  try {
    const { socket } = await SocksClient.createConnection({
      command: 'connect',
      timeout: TIME_LIMIT,
      destination,
      proxy: {
        host: bare(proxy.hostname),
        port: Number(proxy.port || 1080),
        type: 5,
        ...(user !== '' && user !== undefined && { userId: user, password: password ?? '' }),
      },
    });
    return socket;
  } catch (error) {
    throw new ProxyRefusal(`the proxy: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

function authorization({ username, password }: URL): Record<string, string> {
  if (username === '') return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(pair, 'utf8').toString('base64')}` };
}

function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '');
}
