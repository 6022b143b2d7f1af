/** A line to the API server that can be cut: TCP from a port of loopback, and a kubeconfig that leads there. */
import { readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';

export interface Line {
  readonly kubeconfig: string;
  /** Cuts all connections that there are, and says how many; new ones are let through. */
  cut(): number;
  close(): void;
}

export async function openLine(kubeconfig: string, folder: string): Promise<Line> {
  const text = readFileSync(kubeconfig, 'utf8');
  const port = Number(/https:\/\/127\.0\.0\.1:(\d+)/.exec(text)?.[1]);
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(from);
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        open.delete(from);
        to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const file = join(folder, 'line.kubeconfig');
  writeFileSync(file, text.replaceAll(`127.0.0.1:${port}`, `127.0.0.1:${(server.address() as AddressInfo).port}`));
  const cut = (): number => {
    const count = open.size;
    for (const socket of open) socket.resetAndDestroy();
    return count / 2;
  };
  return {
    kubeconfig: file,
    cut,
    close: () => {
      cut();
      server.close();
    },
  };
}
