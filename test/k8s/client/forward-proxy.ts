/** Proxies for tests, on loopback: HTTP CONNECT and SOCKS 5. They count what they carry and can cut it off. */
import { once } from 'node:events';
import { createServer as createHTTP } from 'node:http';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export interface ForwardProxy {
  readonly port: number;
  readonly carried: readonly string[];
  cut(): void;
  close(): Promise<void>;
}

/** With `login` (`user:password`) it asks who one is. */
export async function connectProxy(login?: string): Promise<ForwardProxy> {
  const server = createHTTP((_request, response) => response.writeHead(405).end());
  return listen(server, (carry) =>
    server.on('connect', (request, socket: Socket) => {
      const given = /^Basic (.*)$/.exec(request.headers['proxy-authorization'] ?? '')?.[1] ?? '';
      if (login !== undefined && Buffer.from(given, 'base64').toString() !== login)
        return void socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      const [host, port] = request.url!.split(':');
      carry(socket, { host: host!, port: Number(port) }, 'HTTP/1.1 200 Connection established\r\n\r\n');
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
          carry(socket, { host, port: asked.readUInt16BE(8) }, Buffer.of(5, 0, 0, 1, 0, 0, 0, 0, 0, 0));
        });
      });
    }),
  );
}

type Carry = (socket: Socket, to: { readonly host: string; readonly port: number }, accepted: string | Buffer) => void;

async function listen(server: Server, serve: (carry: Carry) => void): Promise<ForwardProxy> {
  const carried: string[] = [];
  const open = new Set<Socket>();
  serve((socket, to, accepted) => {
    carried.push(`${to.host}:${to.port}`);
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
