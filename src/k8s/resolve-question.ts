/** Turns what a user asked into two ends, a port and a protocol, in one address family. */
import type { Family, IP } from '../model/address.ts';
import type { Endpoint, Question } from '../model/endpoint.ts';
import type { ProtocolName } from '../model/packet.ts';
import { ofFamily } from './addresses.ts';
import { AskError } from './ask-error.ts';
import { findTarget } from './find-target.ts';
import type { Role } from './named-object.ts';
import type { IPCache } from './ip-cache.ts';
import { resolvePort } from './resolve-port.ts';
import type { Target } from './target.ts';

export interface AskedQuestion {
  readonly src: string;
  readonly dst: string;
  readonly port?: number | string;
  readonly protocol?: ProtocolName;
  readonly namespace?: string;
  readonly family?: Family;
}

/** A question with the objects behind its ends. */
export interface ResolvedQuestion {
  readonly question: Question;
  readonly src: Target;
  readonly dst: Target;
}

export function resolveQuestion(cache: IPCache, asked: AskedQuestion): ResolvedQuestion | AskError {
  const within = asked.namespace === undefined ? {} : { namespace: asked.namespace };
  const src = findTarget(cache, asked.src, { role: 'src', ...within });
  if (src instanceof AskError) return src;
  const dst = findTarget(cache, asked.dst, { role: 'dst', ...within });
  if (dst instanceof AskError) return dst;
  const protocol = asked.protocol ?? 'tcp';
  const port = resolvePort(cache, dst, asked.port, protocol);
  if (port instanceof AskError) return port;
  const family = commonFamily(src, dst, asked.family);
  if (family instanceof AskError) return family;
  const to = endpointOf(dst, family);
  const note = [to.note, port.note].filter((one) => one !== undefined).join('; ');
  const question: Question = {
    src: endpointOf(src, family),
    dst: note === '' ? to : { ...to, note },
    port: port.port,
    protocol,
  };
  return { question, src, dst };
}

/** One end alone: v4 where it has both families, unless `family` says otherwise. */
export function resolveEndpoint(
  cache: IPCache,
  text: string,
  role: Role,
  options: { readonly namespace?: string; readonly family?: Family } = {},
): Endpoint | AskError {
  const target = findTarget(cache, text, {
    role,
    ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
  });
  if (target instanceof AskError) return target;
  const family = options.family ?? familiesOf(target)[0]!;
  if (!familiesOf(target).includes(family)) return new AskError(`${target.id} has no IPv${family} address`);
  return endpointOf(target, family);
}

/** The family that both ends have, v4 first. */
function commonFamily(src: Target, dst: Target, wanted: Family | undefined): Family | AskError {
  const common = familiesOf(src).filter((family) => familiesOf(dst).includes(family));
  if (wanted === undefined) {
    if (common[0] !== undefined) return common[0];
    return new AskError(
      `${src.id} has only ${listFamilies(src)} and ${dst.id} only ${listFamilies(dst)}: there is no family that both have`,
    );
  }
  if (common.includes(wanted)) return wanted;
  const without = familiesOf(src).includes(wanted) ? dst : src;
  return new AskError(`${without.id} has no IPv${wanted} address`);
}

function familiesOf(target: Target): readonly Family[] {
  return ([4, 6] as const).filter((family) => ofFamily(target.addresses, family) !== undefined);
}

function listFamilies(target: Target): string {
  return familiesOf(target)
    .map((family) => `IPv${family}`)
    .join(' and ');
}

/** The family was checked to be there. */
function endpointOf(target: Target, family: Family): Endpoint {
  const ip: IP = ofFamily(target.addresses, family)!;
  // Something outside, or a service's endpoint that is no pod, is called by the address that is used.
  const id = target.type === 'external' ? ip.text : target.id;
  return {
    type: target.type,
    id,
    ip,
    asked: target.asked,
    ...(target.note === undefined ? {} : { note: target.note }),
  };
}
