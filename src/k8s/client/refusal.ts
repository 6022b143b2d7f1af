/** Turns an answer of the API server that is no success into words: whose right is missing, or what refused it. */
import { at, fields, list, text } from '../fields.ts';
import { ApiError } from './api-error.ts';
import type { ApiProblem, MissingRight } from './api-error.ts';

export interface Asked {
  /** GET, POST, DELETE. */
  readonly method: string;
  readonly path: string;
}

/** `body` is the answer's, a Status object in most cases; `loginRemedy` is for a 401. */
export function refusalOf(status: number, body: string, asked: Asked & { readonly loginRemedy: string }): ApiError {
  const said = statusText(body);
  const forbidden = status === 403 ? (readForbidden(said) ?? readExecForbidden(said, asked.path)) : undefined;
  if (forbidden !== undefined) return missingRight(forbidden, status);
  const about = (problem: ApiProblem, remedy?: string) => ({
    problem,
    status,
    ...(remedy !== undefined && { remedy }),
  });
  switch (status) {
    case 401:
      return new ApiError(
        'the API server does not know who is asking (401)',
        about('unauthenticated', asked.loginRemedy),
      );
    case 404:
      return new ApiError(
        said === '' || said === '404 page not found' ? `there is no ${asked.path} here` : said,
        about('not-found'),
      );
    case 409:
      return new ApiError(said || `${asked.path} is there already`, about('conflict'));
    case 410:
      return new ApiError(said || 'the list has changed too much meanwhile', about('server'));
    case 429:
      return new ApiError(
        `the API server has too much to do (429)${said === '' ? '' : `: ${said}`}`,
        about('too-many-requests', 'Ask again in a minute.'),
      );
    case 400:
    case 403:
    case 422:
      return new ApiError(`the API server refused it: ${said || `status ${status}`}`, about('refused'));
    default:
      return new ApiError(`the API server failed (status ${status})${said === '' ? '' : `: ${said}`}`, about('server'));
  }
}

const MAX_SAID = 600;

/** The message of a Status object, else the text itself where it is plain. */
export function statusText(body: string): string {
  const trimmed = body.trim();
  try {
    return (text(fields(JSON.parse(trimmed)), 'message') ?? '').slice(0, MAX_SAID);
  } catch {
    return trimmed.startsWith('<') ? '' : trimmed.slice(0, MAX_SAID).replaceAll(/\s+/g, ' ');
  }
}

interface Forbidden extends MissingRight {
  /** Absent where the server does not say it. */
  readonly user?: string;
  /** What the authorizer says beside it, such as a role that is bound and not there. */
  readonly reason: string;
}

/**
 * The text that every authorizer's denial has (apiserver pkg/endpoints/handlers/responsewriters/errors.go); what an
 * admission plugin refuses has another.
 */
const DENIAL =
  /User "((?:[^"\\]|\\.)*)" cannot (\S+) (?:resource "([^"]*)" in API group "([^"]*)"(?: in the namespace "([^"]*)"| at the cluster scope)?|path "([^"]*)")(?:: (.*))?$/s;

function readForbidden(message: string): Forbidden | undefined {
  const match = DENIAL.exec(message);
  if (match === null) return undefined;
  const [, user = '', verb = '', resource, group = '', namespace, path = '', reason = ''] = match;
  return {
    user,
    verb,
    resource: resource ?? path,
    group,
    reason,
    ...(namespace !== undefined && { namespace }),
  };
}

/**
 * Since Kubernetes 1.35 a command by WebSocket, which is a GET, takes the right to `create` too; who lacks it is told
 * only that it is forbidden (pkg/registry/core/pod/rest/authorize.go).
 */
function readExecForbidden(message: string, path: string): Forbidden | undefined {
  const namespace = /^\/api\/v1\/namespaces\/([^/]+)\/pods\/[^/]+\/exec$/.exec(path)?.[1];
  if (namespace === undefined || !/ is forbidden: *$/.test(message)) return undefined;
  return { verb: 'create', resource: 'pods/exec', group: '', namespace, reason: '' };
}

function missingRight({ user, reason, ...missing }: Forbidden, status: number): ApiError {
  const where =
    missing.namespace !== undefined
      ? ` in the namespace ${missing.namespace}`
      : CLUSTER_WIDE.has(missing.resource) || missing.resource.startsWith('/')
        ? ''
        : ' in all namespaces';
  const because = reason === '' ? '' : `: ${reason}`;
  return new ApiError(
    `not allowed to ${missing.verb} ${missing.resource}${where}${user === undefined ? '' : ` (user "${user}")`}${because}`,
    {
      problem: 'forbidden',
      status,
      missing,
      remedy: `Ask the cluster's administrator for the right: ${grant(missing, user)}`,
    },
  );
}

const CLUSTER_WIDE = new Set(['nodes', 'namespaces', 'persistentvolumes', 'servicecidrs', 'ipaddresses']);

/** The commands that give it. */
function grant({ verb, resource, group, namespace }: MissingRight, user: string | undefined): string {
  if (resource.startsWith('/'))
    return `kubectl create clusterrole skoop --verb=${verb} --non-resource-url=${resource} && kubectl create clusterrolebinding skoop --clusterrole=skoop ${subject(user)}`;
  const [kind = '', subresource] = resource.split('/');
  // A WebSocket is opened with GET and asked as that; newer servers ask for `create` beside it.
  const verbs = resource === 'pods/exec' ? 'get,create' : verb;
  const name = `${kind}${group === '' ? '' : `.${group}`}${subresource === undefined ? '' : `/${subresource}`}`;
  const [role, scope] = namespace === undefined ? ['clusterrole', ''] : ['role', ` -n ${namespace}`];
  return `kubectl create ${role} skoop${scope} --verb=${verbs} --resource=${name} && kubectl create ${role}binding skoop${scope} --${role}=skoop ${subject(user)}`;
}

function subject(user: string | undefined): string {
  if (user === undefined) return '--user=USER';
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user);
  return account === null
    ? `--user=${/^[\w.@:-]+$/.test(user) ? user : `'${user}'`}`
    : `--serviceaccount=${account[1]}:${account[2]}`;
}

/** Exit code and words of the Status that ends a command (KEP-4006; `NonZeroExitCode`). */
export function exitCodeOf(status: unknown): number | undefined {
  if (text(fields(status), 'status') === 'Success') return 0;
  if (text(fields(status), 'reason') !== 'NonZeroExitCode') return undefined;
  const cause = list(at(status, 'details'), 'causes')
    .map(fields)
    .find((one) => text(one, 'reason') === 'ExitCode');
  const code = Number(cause === undefined ? Number.NaN : text(cause, 'message'));
  return Number.isInteger(code) ? code : undefined;
}
