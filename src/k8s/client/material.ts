/** Certificates, keys and other contents that a kubeconfig has in itself or names a file for. */
import { readFile } from 'node:fs/promises';
import { ApiError } from './api-error.ts';
import type { KubeconfigUser, Material } from './kubeconfig.ts';

export interface ClientCertificate {
  readonly certificate: Buffer | string;
  readonly key: Buffer | string;
  /** For words about it. */
  readonly from: string;
}

export async function readMaterial(material: Material, what: string): Promise<Buffer> {
  if (material.kind === 'data') return material.data;
  return readFile(material.path).catch((error: unknown) => {
    throw unreadable(material.path, what, error);
  });
}

export function placeOf(material: Material): string {
  return material.kind === 'data' ? material.from : material.path;
}

export async function readCertificate({ certificate, key }: KubeconfigUser): Promise<ClientCertificate | undefined> {
  if (certificate === undefined && key === undefined) return undefined;
  if (certificate === undefined || key === undefined)
    throw new ApiError('the user of the kubeconfig has a client certificate without its key, or a key alone', {
      problem: 'configuration',
    });
  const [pem, keyPem] = await Promise.all([
    readMaterial(certificate, 'the client certificate'),
    readMaterial(key, "the client certificate's key"),
  ]);
  return { certificate: pem, key: keyPem, from: placeOf(certificate) };
}

export function unreadable(path: string, what: string, cause: unknown): ApiError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const why = code === 'ENOENT' ? 'there is no such file' : code === 'EACCES' ? 'permission denied' : code;
  return new ApiError(`${path}: ${what} can't be read: ${why}`, { problem: 'configuration', cause });
}
