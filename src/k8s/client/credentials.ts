/** Says who we are: headers for each request, and a certificate for the connection. */
import { readFile } from 'node:fs/promises';
import { ApiError } from './api-error.ts';
import { askPlugin } from './exec-plugin.ts';
import type { PluginCredential, PluginPlace } from './exec-plugin.ts';
import type { Impersonation, KubeconfigUser } from './kubeconfig.ts';
import { readCertificate, unreadable } from './material.ts';
import type { ClientCertificate } from './material.ts';
import { providerToken } from './provider-token.ts';

/** Who we are just now. */
export interface Identity {
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly certificate?: ClientCertificate;
}

/** client-go reads a token's file anew each minute, as the kubelet changes it. */
const TOKEN_FILE_MILLISECONDS = 60_000;

export class Credentials {
  readonly #user: KubeconfigUser;
  readonly #place: PluginPlace;
  #asked: Promise<PluginCredential> | undefined;
  #file: { readonly token: string | undefined; readonly at: number } | undefined;
  #certificate: Promise<ClientCertificate | undefined> | undefined;

  constructor(user: KubeconfigUser, place: PluginPlace) {
    this.#user = user;
    this.#place = place;
  }

  async identity(): Promise<Identity> {
    const user = this.#user;
    const plugin = user.exec === undefined ? undefined : await this.#askOnce(user.exec);
    this.#certificate ??= readCertificate(user);
    const own = await this.#certificate;
    const certificate =
      plugin?.certificate === undefined || plugin.key === undefined
        ? own
        : {
            certificate: plugin.certificate,
            key: plugin.key,
            from: `the credential plugin ${user.exec?.command ?? ''}`,
          };
    const authorization = await this.#authorization(plugin?.token);
    return {
      headers: {
        ...(authorization !== undefined && { authorization }),
        ...impersonationHeaders(user.impersonation),
      },
      ...(certificate !== undefined && { certificate }),
    };
  }

  /** After a 401: forgets what may have expired. Returns whether asking again can help. */
  forget(): boolean {
    const canChange = this.#user.exec !== undefined || this.#user.tokenFile !== undefined;
    this.#asked = undefined;
    this.#file = undefined;
    return canChange;
  }

  /** What the user can do when nobody knows them. */
  get remedy(): string {
    const { exec, tokenFile, token, authProvider, certificate } = this.#user;
    if (exec !== undefined) return `Log in again the way ${exec.command} wants it.`;
    if (tokenFile !== undefined) return `Look whether ${tokenFile} holds a token that is still valid.`;
    if (token !== undefined) return 'The token of the kubeconfig is wrong or has expired: get a new one.';
    if (authProvider !== undefined) return 'Run any kubectl command with this kubeconfig: it renews the login.';
    if (certificate !== undefined)
      return "The client certificate of the kubeconfig has expired or is another cluster's: get a new kubeconfig.";
    return 'The user of this kubeconfig has no credentials.';
  }

  async #askOnce(exec: NonNullable<KubeconfigUser['exec']>): Promise<PluginCredential> {
    const known = await this.#asked?.catch(() => undefined);
    if (known?.expires !== undefined && known.expires <= Date.now()) this.#asked = undefined;
    this.#asked ??= askPlugin(exec, this.#place).catch((error: unknown) => {
      // A login that failed once may be mended meanwhile.
      this.#asked = undefined;
      throw error;
    });
    return this.#asked;
  }

  /** As client-go does: a fixed token before the plugin's, the file's before the fixed one. */
  async #authorization(ofPlugin: string | undefined): Promise<string | undefined> {
    const { token, username, password, authProvider } = this.#user;
    const bearer = (await this.#tokenOfFile()) ?? token ?? ofPlugin;
    if (bearer !== undefined) return `Bearer ${bearer}`;
    if (username !== undefined)
      return `Basic ${Buffer.from(`${username}:${password ?? ''}`, 'utf8').toString('base64')}`;
    return authProvider === undefined ? undefined : `Bearer ${providerToken(authProvider)}`;
  }

  async #tokenOfFile(): Promise<string | undefined> {
    const { tokenFile, token } = this.#user;
    if (tokenFile === undefined) return undefined;
    if (this.#file !== undefined && Date.now() - this.#file.at < TOKEN_FILE_MILLISECONDS) return this.#file.token;
    const content = await readFile(tokenFile, 'utf8').catch((error: unknown) => {
      if (token !== undefined) return '';
      throw unreadable(tokenFile, "the user's token", error);
    });
    const read = content.trim();
    if (read === '' && token === undefined)
      throw new ApiError(`${tokenFile}: holds no token`, { problem: 'configuration' });
    this.#file = { token: read === '' ? undefined : read, at: Date.now() };
    return this.#file.token;
  }
}

/** The header names of `Impersonate-Extra-…` are percent-encoded, as client-go writes them. */
function impersonationHeaders({ user, uid, groups, extra }: Impersonation): Record<string, string | string[]> {
  return {
    ...(user !== undefined && { 'Impersonate-User': user }),
    ...(uid !== undefined && { 'Impersonate-Uid': uid }),
    ...(groups.length > 0 && { 'Impersonate-Group': [...groups] }),
    ...Object.fromEntries(
      [...extra].map(([key, values]) => [`Impersonate-Extra-${encodeURIComponent(key)}`, [...values]]),
    ),
  };
}
