/** `socket` expressions: of a packet that no local socket takes there is nothing to be told (nft_socket.c). */
import { PROTOCOL } from '../../../model/packet.ts';
import type { NftBranch } from '../branch.ts';
import type { Field } from '../value.ts';
import { ABSENT, NOT_KNOWN } from '../value.ts';

/** What a packet has its socket from already is not looked up by its addresses, and connected ones are in no dump. */
export function socketValue({ input, packet, ct }: NftBranch): Field {
  if (input.meta.isLocal || ct.direction === 'reply') return NOT_KNOWN;
  // of other protocols only errors are looked up, by what they are about
  if (packet.protocol !== PROTOCOL.tcp && packet.protocol !== PROTOCOL.udp)
    return packet.quoted === undefined ? ABSENT : NOT_KNOWN;
  const has = input.env.hasSocket(packet, { nowildcard: false, transparent: false });
  return has === false ? ABSENT : NOT_KNOWN;
}
