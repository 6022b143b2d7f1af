/** What a kubeconfig says, as typed values: clusters, users, and contexts that join them. */
import type { Fields } from '../fields.ts';

/** Contents that stand in the file itself (base64 of `…-data`, decoded), or a file that has them. */
export type Material =
  | { readonly kind: 'data'; readonly data: Buffer; readonly from: string }
  | { readonly kind: 'file'; readonly path: string };

export interface KubeconfigCluster {
  readonly server: string;
  readonly tlsServerName?: string;
  readonly skipsVerification: boolean;
  readonly ca?: Material;
  readonly proxyURL?: string;
  /** Settings for a credential plugin that stand with the cluster. */
  readonly execConfig?: unknown;
}

export interface ExecPlugin {
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly installHint?: string;
  readonly wantsClusterInfo: boolean;
  readonly interactiveMode: string;
}

export interface KubeconfigUser {
  readonly certificate?: Material;
  readonly key?: Material;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly username?: string;
  readonly password?: string;
  readonly exec?: ExecPlugin;
  readonly authProvider?: { readonly name: string; readonly config: Fields };
  readonly impersonation: Impersonation;
}

export interface Impersonation {
  readonly user?: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra: ReadonlyMap<string, readonly string[]>;
}

export interface KubeconfigContext {
  readonly cluster: string;
  readonly user: string;
  readonly namespace?: string;
}

export interface Kubeconfig {
  readonly clusters: ReadonlyMap<string, KubeconfigCluster>;
  readonly users: ReadonlyMap<string, KubeconfigUser>;
  readonly contexts: ReadonlyMap<string, KubeconfigContext>;
  readonly currentContext?: string;
}
