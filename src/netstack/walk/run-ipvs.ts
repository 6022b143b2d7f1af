/** The parts that IPVS has in a hook (ip_vs_core.c, ip_vs_ops4 and ip_vs_ops6). */
import { assertNever } from '../../model/assert-never.ts';
import type { Hook } from '../../model/step.ts';
import type { IpvsRole } from '../netfilter/hooks.ts';
import { runIpvsReply } from './ipvs-reply.ts';
import { runIpvsRequest } from './ipvs-request.ts';
import type { Next, Walk } from './walk.ts';

/** True where the walk goes on in place; else `next` gets what goes on. */
export function runIpvs(role: IpvsRole, walk: Walk, hook: Hook, next: Next): boolean {
  switch (role) {
    case 'request':
      return runIpvsRequest(walk, hook, next);
    case 'reply':
      return runIpvsReply(walk, hook, next);
    case 'error':
      return walk.packet.quoted === undefined || runIpvsRequest(walk, hook, next);
    default:
      return assertNever(role);
  }
}
