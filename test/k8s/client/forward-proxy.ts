/** Proxies for tests, on loopback: HTTP CONNECT and SOCKS 5. They count what they carry and can cut it off. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createHTTP, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createHTTPS } from 'node:https';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { join } from 'node:path';

export interface ForwardProxy {
  readonly port: number;
  readonly carried: readonly string[];
  cut(): void;
  close(): Promise<void>;
}

/** A certificate for localhost and its key, as PEM; `file` has the certificate. */
export interface Keys {
  readonly cert: string;
  readonly key: string;
  readonly file: string;
}

export function ownKeys(folder: string): Keys {
  const [file, key] = [join(folder, 'proxy.crt'), join(folder, 'proxy.key')];
  const request = 'req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost -addext subjectAltName=DNS:localhost';
  execFileSync('openssl', [...request.split(' '), '-out', file, '-keyout', key], { stdio: 'pipe' });
  return { cert: readFileSync(file, 'utf8'), key: readFileSync(key, 'utf8'), file };
}

export interface ConnectOptions {
  /** `user:password`: it asks who one is. */
  readonly login?: string;
  /** It speaks TLS itself. */
  readonly keys?: Keys;
  /** Where a name leads that it alone knows. */
  readonly resolve?: (name: string) => string;
}

export async function connectProxy({
  login,
  keys,
  resolve = (name) => name,
}: ConnectOptions = {}): Promise<ForwardProxy> {
  const refuse: RequestListener = (_request, response) => response.writeHead(405).end();
  const server = keys === undefined ? createHTTP(refuse) : createHTTPS(keys, refuse);
  return listen(server, (carry) =>
    server.on('connect', (request: IncomingMessage, socket: Socket) => {
      const given = /^Basic (.*)$/.exec(request.headers['proxy-authorization'] ?? '')?.[1] ?? '';
      if (login !== undefined && Buffer.from(given, 'base64').toString() !== login)
        return void socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      const [host, port] = request.url!.split(':');
      carry(
        socket,
        { name: host!, host: resolve(host!), port: Number(port) },
        'HTTP/1.1 200 Connection established\r\n\r\n',
      );
    }),
  );
}

/** RFC 1928, without a login, to IPv4 addresses. */
export async function socksProxy(): Promise<ForwardProxy> {
  const server = createServer();
  return listen(server, (carry) =>
    server.on('connection', (socket) => {
      socket.on('error', () => {});
      socket.once('data', () => {
        socket.write(Buffer.of(5, 0));
        socket.once('data', (asked: Buffer) => {
          const host = asked.subarray(4, 8).join('.');
          carry(socket, { name: host, host, port: asked.readUInt16BE(8) }, Buffer.of(5, 0, 0, 1, 0, 0, 0, 0, 0, 0));
        });
      });
    }),
  );
}

type Carry = (
  socket: Socket,
  to: { readonly name: string; readonly host: string; readonly port: number },
  accepted: string | Buffer,
) => void;

async function listen(server: Server, serve: (carry: Carry) => void): Promise<ForwardProxy> {
  const carried: string[] = [];
  const open = new Set<Socket>();
  serve((socket, to, accepted) => {
    carried.push(`${to.name}:${to.port}`);
    const onward = connect(to);
    for (const one of [socket, onward]) {
      open.add(one);
      one.on('error', () => {});
      one.on('close', () => {
        socket.destroy();
        onward.destroy();
      });
    }
    onward.once('connect', () => {
      socket.write(accepted);
      socket.pipe(onward).pipe(socket);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = (): void => {
    for (const one of open) one.destroy();
    open.clear();
  };
  return {
    port: (server.address() as AddressInfo).port,
    carried,
    cut,
    close: async () => {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
