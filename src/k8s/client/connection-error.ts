/** Says in words why there is no connection to the API server, and what to do about it. */
import { ApiError } from './api-error.ts';
import type { ApiProblem } from './api-error.ts';
import { ProxyRefusal } from './proxy.ts';
import type { ProxyChoice } from './proxy.ts';

export interface ConnectionPlace {
  readonly server: URL;
  readonly proxy?: ProxyChoice;
  /** `tls-server-name`. */
  readonly name?: string;
}

interface Explanation {
  readonly problem: ApiProblem;
  readonly text: string;
  readonly remedy?: string;
}

export function connectionError(error: unknown, place: ConnectionPlace): ApiError {
  if (error instanceof ApiError) return error;
  const { problem, text, remedy } = explain(firstFault(error), place);
  const where = `the API server ${place.server.host}`;
  const through =
    place.proxy === undefined ? '' : ` (through the proxy ${place.proxy.url.host}, from ${place.proxy.from})`;
  return new ApiError(`${where}: ${text}${through}`, {
    problem,
    cause: error,
    ...(remedy !== undefined && { remedy }),
  });
}

interface Fault {
  readonly code: string;
  readonly message: string;
  readonly isOfProxy: boolean;
}

/** Where a name has several addresses Node tries them all, and says all that went wrong. */
function firstFault(error: unknown): Fault {
  const one = error instanceof AggregateError && error.errors[0] instanceof Error ? error.errors[0] : error;
  const code = one instanceof Error && 'code' in one && typeof one.code === 'string' ? one.code : '';
  return { code, message: one instanceof Error ? one.message : String(one), isOfProxy: one instanceof ProxyRefusal };
}

function explain({ code, message, isOfProxy }: Fault, place: ConnectionPlace): Explanation {
  const unreachable = (text: string, remedy?: string): Explanation => ({
    problem: 'unreachable',
    text,
    ...(remedy !== undefined && { remedy }),
  });
  const certificate = (text: string, remedy: string): Explanation => ({ problem: 'certificate', text, remedy });
  if (place.proxy !== undefined && isOfProxy)
    return unreachable(message, `Look at the proxy's address in ${place.proxy.from}, or set NO_PROXY.`);
  switch (code) {
    case 'ECONNREFUSED':
      return unreachable(
        'connection refused',
        'Nothing listens there: look whether the cluster runs, and whether this is the right context.',
      );
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return unreachable(
        `the name ${place.server.hostname} is not known here (DNS)`,
        'Look at the server in the kubeconfig, and whether this machine must be in a VPN to know it.',
      );
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EHOSTDOWN':
      return unreachable(
        code === 'ETIMEDOUT' ? 'no answer' : 'there is no route to it',
        'Look whether a VPN or a proxy is needed, and whether a firewall lets this machine in.',
      );
    case 'ECONNRESET':
    case 'EPIPE':
    case 'ERR_STREAM_PREMATURE_CLOSE':
      return unreachable('the connection broke');
    case 'CERT_HAS_EXPIRED':
      return certificate(
        'its certificate has expired',
        'Renew it (with kubeadm: kubeadm certs renew apiserver), and look at the clock of this machine.',
      );
    case 'CERT_NOT_YET_VALID':
      return certificate('its certificate is not valid yet', 'Look at the clock of this machine.');
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return certificate(
        `its certificate is for other names than ${place.name ?? place.server.hostname}`,
        'Use a server address that the certificate has, or set tls-server-name to a name that it has.',
      );
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'CERT_SIGNATURE_FAILURE':
    case 'CERT_UNTRUSTED':
    case 'INVALID_CA':
      return certificate(
        'its certificate is signed by an authority that the kubeconfig does not trust',
        'The cluster was made anew, or something on the way opens TLS: get a new kubeconfig, or set certificate-authority.',
      );
    default:
      return fromText(code, message);
  }
}

function fromText(code: string, message: string): Explanation {
  if (/wrong version number|packet length too long/i.test(message))
    return {
      problem: 'certificate',
      text: 'it does not speak TLS',
      remedy: 'Look at the server in the kubeconfig: http:// or another port.',
    };
  const alert = /alert (bad certificate|unknown ca|certificate expired|certificate required|certificate revoked)/i.exec(
    message,
  );
  if (alert !== null)
    return {
      problem: 'unauthenticated',
      text: `it refuses the client certificate (${alert[1]!.toLowerCase()})`,
      remedy: 'Get a new kubeconfig for this cluster.',
    };
  // Of an OpenSSL error the useful words are the reason's; Node's own text repeats addresses of memory.
  const reason = message
    .replace(/^[0-9A-F]+:error:[0-9A-F]+:/, '')
    .split(':../', 1)[0]!
    .trim();
  return {
    problem: code.startsWith('ERR_SSL') || code === 'EPROTO' ? 'certificate' : 'unreachable',
    text: reason === '' ? 'no connection' : reason,
  };
}
