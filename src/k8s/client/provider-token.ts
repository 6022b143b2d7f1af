/** The token of a login that kubectl keeps in the kubeconfig itself (`auth-provider`). */
import { text } from '../fields.ts';
import { ApiError } from './api-error.ts';
import type { KubeconfigUser } from './kubeconfig.ts';

/** kubectl's own OpenID Connect login keeps its token in the kubeconfig, and renews it there when it runs. */
export function providerToken({ name, config }: NonNullable<KubeconfigUser['authProvider']>): string {
  const remedy = 'Run any kubectl command with this kubeconfig: it renews the login.';
  const token = text(config, 'id-token');
  if (name !== 'oidc')
    throw new ApiError(`the kubeconfig's auth-provider "${name}" is none that kubectl still knows`, {
      problem: 'configuration',
      remedy: "Have the kubeconfig written anew by your cloud's tool: it uses a credential plugin today.",
    });
  if (token === undefined)
    throw new ApiError('the kubeconfig has no OpenID Connect token', { problem: 'unauthenticated', remedy });
  const expires = expiryOf(token);
  if (expires !== undefined && expires * 1000 < Date.now())
    throw new ApiError(
      `the OpenID Connect token of the kubeconfig expired at ${new Date(expires * 1000).toISOString()}`,
      {
        problem: 'unauthenticated',
        remedy,
      },
    );
  return token;
}

/** Seconds since 1970, from the token's own claims (RFC 7519 4.1.4). */
function expiryOf(token: string): number | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    return typeof claims === 'object' && claims !== null && 'exp' in claims && typeof claims.exp === 'number'
      ? claims.exp
      : undefined;
  } catch {
    return undefined;
  }
}
