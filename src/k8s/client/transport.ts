/** The connections to one API server: kept open between requests, through a proxy where there is one. */
import type { Agent as PlainAgent } from 'node:http';
import type { ConnectionOptions } from 'node:tls';
import { ApiError } from './api-error.ts';
import { connectionError } from './connection-error.ts';
import type { Credentials, Identity } from './credentials.ts';
import { proxyFor } from './proxy.ts';
import type { ProxyChoice } from './proxy.ts';
import { tlsOptions } from './tls.ts';
import type { TrustedBy } from './tls.ts';

/** What a request needs beside its path. */
export interface Prepared {
  readonly agent: PlainAgent;
  readonly headers: Identity['headers'];
}

/**
 * Of requests; an exec has one of its own. A diagnosis begins with 18 requests at once, and each connection's TLS costs both
 * sides more than most of them.
 */
const MOST_CONNECTIONS = 6;

export class Transport {
  /** With the path that all of the API is below, where the server has one. */
  readonly url: URL;
  readonly credentials: Credentials;
  readonly #trust: TrustedBy;
  readonly #proxy: ProxyChoice | undefined;
  #agent: { readonly certificate: Identity['certificate']; readonly agent: Promise<PlainAgent> } | undefined;

  constructor(trust: TrustedBy, credentials: Credentials) {
    const { server, proxyURL } = trust.cluster;
    const whole = server.includes('://') ? server : `https://${server}`;
    if (!URL.canParse(whole) || !/^https?:/i.test(whole))
      throw new ApiError(`the kubeconfig's server "${server}" is no address of an API server`, {
        problem: 'configuration',
        remedy: 'It looks like https://HOST:PORT.',
      });
    this.url = new URL(whole);
    this.credentials = credentials;
    this.#trust = trust;
    this.#proxy = proxyFor(this.url, proxyURL, trust.env);
  }

  async prepare(): Promise<Prepared> {
    const { headers, certificate } = await this.credentials.identity();
    // A plugin may give another certificate: then the old connections are somebody else's.
    if (this.#agent === undefined || this.#agent.certificate?.certificate !== certificate?.certificate) {
      this.close();
      this.#agent = { certificate, agent: this.#makeAgent(certificate) };
    }
    return { agent: await this.#agent.agent, headers };
  }

  /** Words for what Node says of a connection that failed. */
  explain(error: unknown): ApiError {
    return connectionError(error, {
      server: this.url,
      ...(this.#proxy !== undefined && { proxy: this.#proxy }),
      ...(this.#trust.cluster.tlsServerName !== undefined && { name: this.#trust.cluster.tlsServerName }),
    });
  }

  close(): void {
    void this.#agent?.agent.then((agent) => agent.destroy()).catch(() => {});
    this.#agent = undefined;
  }

  async #makeAgent(certificate: Identity['certificate']): Promise<PlainAgent> {
    const isSecure = this.url.protocol === 'https:';
    const tls: ConnectionOptions = isSecure ? await tlsOptions(this.#trust, certificate) : {};
    // The default time for an address of several, 250 ms, is too short for a cluster on another continent.
    const options = { ...tls, keepAlive: true, maxSockets: MOST_CONNECTIONS, autoSelectFamilyAttemptTimeout: 2000 };
    if (this.#proxy === undefined)
      return isSecure
        ? new (await import('node:https')).Agent(options)
        : new (await import('node:http')).Agent(options);
    return new (await import('./tunnel-agent.ts')).TunnelAgent(this.#proxy.url, this.url, options);
  }
}
