/** Why the API server did not do what it was asked, in words for a person. */

export type ApiProblem =
  /** The kubeconfig: not there, not readable, no such context, a certificate that is none. */
  | 'configuration'
  /** No connection: address, name, refused, time-out. */
  | 'unreachable'
  /** The connection of an exec ended before the command did. */
  | 'broken'
  /** TLS: unknown CA, wrong name, expired. */
  | 'certificate'
  /** 401. */
  | 'unauthenticated'
  /** 403 by RBAC: `missing` names the right. */
  | 'forbidden'
  /** 403, 422 or 400 by an admission plugin, a webhook, Pod Security or a quota. */
  | 'refused'
  | 'not-found'
  | 'conflict'
  | 'too-many-requests'
  | 'server';

/** The right that is missing, as `kubectl auth can-i` asks for it. */
export interface MissingRight {
  readonly verb: string;
  /** With the subresource: `pods/exec`. */
  readonly resource: string;
  readonly group: string;
  readonly namespace?: string;
}

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly problem: ApiProblem;
  readonly status: number | undefined;
  readonly missing: MissingRight | undefined;
  /** What to do about it, one line. */
  readonly remedy: string | undefined;

  constructor(
    message: string,
    about: {
      readonly problem: ApiProblem;
      readonly status?: number;
      readonly missing?: MissingRight;
      readonly remedy?: string;
      readonly cause?: unknown;
    },
  ) {
    super(message, { cause: about.cause });
    this.problem = about.problem;
    this.status = about.status;
    this.missing = about.missing;
    this.remedy = about.remedy;
  }
}
