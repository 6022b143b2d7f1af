/** The names that kube-proxy gives its chains: a prefix and 16 characters of base32(sha256(what it is about)). */
import { createHash } from 'node:crypto';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export const serviceChain = (portId: string, protocol: string): string => `KUBE-SVC-${hash(portId + protocol)}`;
export const localChain = (portId: string, protocol: string): string => `KUBE-SVL-${hash(portId + protocol)}`;
export const externalChain = (portId: string, protocol: string): string => `KUBE-EXT-${hash(portId + protocol)}`;
export const firewallChain = (portId: string, protocol: string): string => `KUBE-FW-${hash(portId + protocol)}`;
/** `endpoint` is `10.77.0.2:8080` or `[fd77::2]:8080`. */
export const endpointChain = (portId: string, protocol: string, endpoint: string): string =>
  `KUBE-SEP-${hash(portId + protocol + endpoint)}`;

export function hash(text: string): string {
  const bytes = createHash('sha256').update(text).digest();
  let bits = '';
  for (const byte of bytes.subarray(0, 10)) bits += byte.toString(2).padStart(8, '0');
  return Array.from({ length: 16 }, (_, i) => ALPHABET[Number.parseInt(bits.slice(i * 5, i * 5 + 5), 2)]).join('');
}
