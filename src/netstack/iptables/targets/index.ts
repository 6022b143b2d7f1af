/** Every target by the name after `-j`. Chains of the table are looked up first. */
import type { TargetModule } from '../target.ts';
import { ending, NOTHING } from '../target.ts';
import { CT, NOTRACK } from './connection.ts';
import { NFQUEUE, QUEUE, TPROXY } from './hand-over.ts';
import { DSCP, HL, TOS, TTL } from './header-field.ts';
import { CONNMARK, MARK } from './mark.ts';
import { DNAT, MASQUERADE, NETMAP, REDIRECT, SNAT } from './nat.ts';
import { REJECT } from './reject.ts';
import { TCPMSS } from './segment-size.ts';
import { SET } from './set.ts';

/** They count, log, copy, or change what no part of a walk looks at; the packet goes on to the next rule. */
export const QUIET: readonly string[] = [
  'AUDIT',
  'CHECKSUM',
  'CLASSIFY',
  'CONNSECMARK',
  'ECN',
  'IDLETIMER',
  'LED',
  'LOG',
  'NFLOG',
  'RATEEST',
  'SECMARK',
  'TCPOPTSTRIP',
  'TEE',
  'TRACE',
  'ULOG',
];

const ACCEPT: TargetModule = { options: {}, compile: () => ending({ kind: 'accept' }, 'ACCEPT') };
const DROP: TargetModule = { options: {}, compile: () => ending({ kind: 'drop' }, 'DROP') };
const RETURN: TargetModule = { options: {}, compile: () => ({ target: { kind: 'return' }, effect: 'RETURN' }) };

export const TARGETS: Readonly<Record<string, TargetModule>> = {
  ...Object.fromEntries(
    QUIET.map((name): [string, TargetModule] => [
      name,
      { options: 'any', compile: () => ({ target: NOTHING, effect: name }) },
    ]),
  ),
  ACCEPT,
  DROP,
  RETURN,
  CONNMARK,
  CT,
  DNAT,
  DSCP,
  HL,
  MARK,
  MASQUERADE,
  NETMAP,
  NFQUEUE,
  NOTRACK,
  QUEUE,
  REDIRECT,
  REJECT,
  SET,
  SNAT,
  TCPMSS,
  TOS,
  TPROXY,
  TTL,
};
