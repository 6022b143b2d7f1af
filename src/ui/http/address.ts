/** Reads `--http-address` as Go's net package does: `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`, `:8080` (every interface). */

export interface ListenAddress {
  /** Undefined: every interface. */
  readonly host: string | undefined;
  /** 0: any that is free. */
  readonly port: number;
}

/** Undefined where the text is no address. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]/\s]*)):(\d{1,5})$/.exec(text);
  if (match === null || Number(match[3]) > 65_535) return undefined;
  const host = match[1] ?? match[2] ?? '';
  return { host: host === '' ? undefined : host, port: Number(match[3]) };
}
