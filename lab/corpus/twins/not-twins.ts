/** Pairs of the translation tests whose rules do not ask or do the same, and why: kernel rows of both sides hold each reason. */

const ECN_BITS = "nft's `dscp set` leaves the two ECN bits as they are, TOS sets them";
const PRECEDENCE = 'in nft `and` binds closer than `xor`: fewer bits are cleared and others flipped';

export const NOT_TWINS: Readonly<Record<string, string>> = {
  'libxt_CONNMARK.txlate:7': PRECEDENCE,
  'libxt_CONNMARK.txlate:22': PRECEDENCE,
  'libxt_TOS.txlate:1': ECN_BITS,
  'libxt_TOS.txlate:4': ECN_BITS,
  'libxt_TOS.txlate:7': ECN_BITS,
  'libxt_TOS.txlate:10': ECN_BITS,
  'libxt_TOS.txlate:13': ECN_BITS,
  'libxt_ecn.txlate:25': '`tcp flags != ecn` compares all flags, `! --ecn-tcp-ece` one bit',
  'libxt_tcp.txlate:31': '`tcp option 23 missing` matches what is not TCP too',
};
