/** What a rule set is given to know of a packet at a hook. */
import { assertNever } from '../../model/assert-never.ts';
import type { CtInfo } from '../../model/flow.ts';
import type { Hook } from '../../model/step.ts';
import { ctInfoOf } from '../conntrack/connection.ts';
import type { NetfilterInput, PacketMeta } from '../netfilter/types.ts';
import { environment } from './environment.ts';
import type { Walk } from './walk.ts';

/** Devices that the hook's rules see. They are those of the hook's beginning even where a rule re-routes the packet. */
export interface HookDevices {
  readonly iif: string | undefined;
  readonly oif: string | undefined;
  readonly physOut?: string;
  readonly isBridged?: boolean;
}

export function inputOf(
  { hook, meta }: { readonly hook: Hook; readonly meta: PacketMeta },
  walk: Walk,
): NetfilterInput {
  return {
    hook,
    family: walk.packet.family,
    packet: walk.packet,
    meta,
    ct: ctOf(walk),
    env: environment(walk.ns),
    forkIds: walk.run.forkIds,
    assumed: walk.assumed,
    virtual: walk.virtual,
  };
}

export function metaOf(devices: HookDevices, walk: Walk): PacketMeta {
  return {
    iif: devices.iif,
    oif: devices.oif,
    physIn: walk.physIn,
    physOut: devices.physOut,
    srcMac: walk.srcMac,
    isBridged: devices.isBridged ?? false,
    pkttype: walk.pkttype,
    isLocal: walk.isLocal,
    isOfVrf: walk.member === undefined ? undefined : true,
  };
}

const NO_CONNECTION = { direction: 'original', isSnat: false, isDnat: false, mark: 0, zone: 0 } as const;
const UNTRACKED: CtInfo = { state: 'UNTRACKED', ...NO_CONNECTION };
const INVALID: CtInfo = { state: 'INVALID', ...NO_CONNECTION };

function ctOf({ tracking, connections }: Walk): CtInfo {
  switch (tracking.kind) {
    case 'connection':
      return ctInfoOf(connections[tracking.index]!, tracking.direction, tracking.isRelated);
    case 'untracked':
      return UNTRACKED;
    case 'none':
    case 'invalid':
      return INVALID;
    default:
      return assertNever(tracking);
  }
}
