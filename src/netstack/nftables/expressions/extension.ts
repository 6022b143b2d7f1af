/** Extension headers and options: packets that are walked have none but TCP's options and SCTP's chunks (nft_exthdr.c). */
import { PROTOCOL } from '../../../model/packet.ts';
import type { Reader } from '../compile-expression.ts';
import { ABSENT, NOT_KNOWN_OF_FLOW } from '../value.ts';

/** `of`: IPv6 extension header, IPv4 option, TCP option, SCTP or DCCP chunk. Without a field it is asked whether it is there. */
export function headerReader({ of, field }: { readonly of: string; readonly field?: string | undefined }): Reader {
  const missing: Reader = field === undefined ? () => 0 : () => ABSENT;
  const protocol = of === 'tcp' ? PROTOCOL.tcp : of.startsWith('sctp') ? PROTOCOL.sctp : undefined;
  if (protocol === undefined) return missing;
  return (branch) => (branch.packet.protocol === protocol ? NOT_KNOWN_OF_FLOW : missing(branch));
}
