/** What is asked of a cluster's API server, whatever carries the question. */

/** Query parameters of a request; undefined ones are left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface PodContainer {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

export interface ExecOptions {
  /**
   * Written to the command's standard input, which is then closed (before Kubernetes 1.30 the server can't: it stays
   * open). A command that ends without having read much of it may never be reported as ended; so it is with kubectl.
   */
  readonly stdin?: Uint8Array;
  /** Takes standard output as it comes. */
  readonly onStdout: (chunk: Uint8Array) => void;
  readonly signal?: AbortSignal;
  /** Milliseconds for all of it. */
  readonly timeLimit: number;
}

export interface ExecResult {
  readonly exitCode: number;
  /** At most the first 64 KiB. */
  readonly stderr: string;
}

/** `resourceVersion` of the list that the watch goes on from, or undefined for the present state first. */
export interface WatchOptions {
  readonly query?: Query;
  readonly signal: AbortSignal;
}

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: Readonly<Record<string, unknown>>;
}

export interface ListOptions {
  /** Items have their `metadata` and nothing else, which is little to send (PartialObjectMetadata). */
  readonly isMetadataOnly?: boolean;
  /** The first page is enough: some items, where there are many. */
  readonly isSample?: boolean;
}

/** Paths begin with `/api` or `/apis`. Every call throws {@link ApiError} with words for a person. */
export interface ApiServer {
  /** Address of the server, and the context and user that the kubeconfig gives. */
  readonly about: {
    readonly server: string;
    readonly context?: string;
    readonly user?: string;
    readonly namespace: string;
  };
  get(path: string, query?: Query): Promise<unknown>;
  /** All items of a list, page by page; `slim` keeps of each item what is needed, before the next page is read. */
  list<T>(
    path: string,
    slim: (item: Readonly<Record<string, unknown>>) => T,
    query?: Query,
    options?: ListOptions,
  ): Promise<readonly T[]>;
  create(path: string, body: unknown, query?: Query): Promise<unknown>;
  /** Resolves also where there is no such object any more. */
  delete(path: string, body?: unknown): Promise<void>;
  watch(path: string, options: WatchOptions): AsyncIterable<WatchEvent>;
  exec(at: PodContainer, command: readonly string[], options: ExecOptions): Promise<ExecResult>;
  /** Ends what is still open, so that the process can end. */
  close(): void;
}
