/** `@th,16,16` and the like: bits of a header by place, as far as a walk knows the header. */
import { networkHeader, transportHeader } from '../../netfilter/header-bytes.ts';
import type { HeaderBytes } from '../../netfilter/header-bytes.ts';
import type { NftBranch } from '../branch.ts';
import type { Field } from '../value.ts';
import { NOT_KNOWN } from '../value.ts';
import type { FieldReader } from './payload.ts';
import { payloadReader } from './payload.ts';

/** `base`: `ll`, `nh`, `th` or `ih`; offset and length in bits. */
export function rawPayloadReader(base: string, offset: number, length: number): FieldReader {
  const direct = base === 'th' ? portReader(offset, length) : undefined;
  if (direct !== undefined) return direct;
  return (branch) => {
    const bytes = bytesOf(base, branch);
    return bytes === undefined ? NOT_KNOWN : bits(bytes, offset, length);
  };
}

/** A port may be a range, which bytes can't say. */
function portReader(offset: number, length: number): FieldReader | undefined {
  if (length !== 16 || (offset !== 0 && offset !== 16)) return undefined;
  return payloadReader('th', offset === 0 ? 'sport' : 'dport');
}

function bytesOf(base: string, { packet }: NftBranch): HeaderBytes | undefined {
  switch (base) {
    case 'nh':
      return networkHeader(packet);
    case 'th':
      return transportHeader(packet);
    default:
      return undefined;
  }
}

function bits(bytes: HeaderBytes, offset: number, length: number): Field {
  const first = offset >> 3;
  const last = (offset + length - 1) >> 3;
  let value = 0n;
  for (let at = first; at <= last; at++) {
    const byte = bytes[at];
    if (byte === undefined) return NOT_KNOWN;
    value = (value << 8n) | BigInt(byte);
  }
  const below = BigInt((last + 1) * 8 - (offset + length));
  const cut = (value >> below) & ((1n << BigInt(length)) - 1n);
  return length <= 53 ? Number(cut) : cut;
}
