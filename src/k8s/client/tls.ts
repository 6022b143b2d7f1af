/** Whom the connection trusts, and whom it shows: the TLS settings of a cluster and a user. */
import { readFile } from 'node:fs/promises';
import { createSecureContext, rootCertificates } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import { ApiError } from './api-error.ts';
import { placeOf } from './material.ts';
import type { ClientCertificate } from './material.ts';
import type { KubeconfigCluster } from './kubeconfig.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where distributions keep the authorities that a machine trusts (crypto/x509 root_linux.go). */
const SYSTEM_AUTHORITIES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/** Whose certificate is checked, and how. */
export interface TrustedBy {
  readonly cluster: KubeconfigCluster;
  /** The cluster's own authority. */
  readonly ca: Buffer | undefined;
  readonly env: Environment;
}

export async function tlsOptions(trust: TrustedBy, shown: ClientCertificate | undefined): Promise<ConnectionOptions> {
  const { cluster, ca, env } = trust;
  // Node takes any file, and trusts nobody then.
  if (ca !== undefined && !ca.includes('-----BEGIN')) throw noAuthority(cluster);
  const authorities = ca ?? (cluster.skipsVerification ? undefined : await systemAuthorities(env));
  try {
    return {
      secureContext: createSecureContext({
        ...(authorities !== undefined && { ca: authorities }),
        // Go takes any certificate of the file as an authority, also one that another has signed.
        allowPartialTrustChain: true,
        ...(shown !== undefined && { cert: shown.certificate, key: shown.key }),
      }),
      rejectUnauthorized: !cluster.skipsVerification,
      ...(cluster.tlsServerName !== undefined && { servername: cluster.tlsServerName }),
    };
  } catch (error) {
    throw unusable(error, trust, shown);
  }
}

/** A company's authority is in the machine's store and not among Node's own. */
async function systemAuthorities(env: Environment): Promise<(string | Buffer)[]> {
  const given = env['SSL_CERT_FILE'] ?? '';
  for (const path of given === '' ? SYSTEM_AUTHORITIES : [given]) {
    const content = await readFile(path).catch(() => undefined);
    if (content !== undefined) return [...rootCertificates, content];
  }
  return [...rootCertificates];
}

/** OpenSSL says that something is wrong and not with which of the three: each is tried alone. */
function unusable(cause: unknown, { cluster, ca }: TrustedBy, shown: ClientCertificate | undefined): ApiError {
  const isWrong = (parts: Parameters<typeof createSecureContext>[0]): boolean => {
    try {
      createSecureContext(parts);
      return false;
    } catch {
      return true;
    }
  };
  if (ca !== undefined && isWrong({ ca })) return noAuthority(cluster, cause);
  const message =
    shown === undefined
      ? 'the TLS settings of the kubeconfig can not be used'
      : isWrong({ cert: shown.certificate })
        ? `${shown.from}: holds no client certificate (PEM)`
        : `${shown.from}: the client certificate's key is not readable or belongs to another certificate`;
  return new ApiError(message, { problem: 'configuration', cause });
}

function noAuthority({ ca }: KubeconfigCluster, cause?: unknown): ApiError {
  const where = ca === undefined ? 'the kubeconfig' : placeOf(ca);
  return new ApiError(`${where}: holds no certificate authority (PEM)`, { problem: 'configuration', cause });
}
