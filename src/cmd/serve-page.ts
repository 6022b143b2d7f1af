/** `--http`: serves the result as a page until the user ends it. */
import type { PacketPath } from '../model/path.ts';
import { parseListenAddress } from '../ui/http/address.ts';
import { serveResult } from '../ui/http/serve.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/** Resolves when the process is told to end. Throws {@link UsageError} where the address can't be had. */
type PageServer = (path: PacketPath, terminal: Terminal) => Promise<void>;

/** Throws {@link UsageError} at once where the text is no address: before any work is done. */
export function pageServer(address: string): PageServer {
  const parsed = parseListenAddress(address);
  if (parsed === undefined) throw new UsageError(`--http-address: "${address}" is not HOST:PORT`);
  return async (path, terminal) => {
    const served = await serveResult(path, parsed).catch((error: unknown) => {
      throw new UsageError(`--http-address: can't listen on ${address}: ${why(error)}`, { cause: error });
    });
    terminal.note(`serving the result at ${served.url} (Ctrl-C ends it)`);
    await new Promise<void>((resolve) => {
      if (terminal.signal.aborted) resolve();
      terminal.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await served.close();
  };
}

const WORDS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'something else listens there',
  EADDRNOTAVAIL: "it is no address of this machine's",
  EACCES: 'ports below 1024 are for root',
  ENOTFOUND: 'the name is not known',
};

function why(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return WORDS[code] ?? (error instanceof Error ? error.message : String(error));
}
