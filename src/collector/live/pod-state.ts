/** Says of a collector's pod, by its object, whether it runs, still may, or never will, and why. */
import { at, fields, list, text } from '../../k8s/fields.ts';
import type { Fields } from '../../k8s/fields.ts';

export type PodState =
  | { readonly kind: 'running' }
  | { readonly kind: 'waiting'; readonly why: string; readonly isTakenUp: boolean }
  | { readonly kind: 'failed'; readonly why: string; readonly remedy?: string };

/** Reasons of a waiting container that time does not mend, or not soon. */
const HOPELESS: Readonly<Record<string, string>> = {
  ErrImagePull: 'its image can not be pulled',
  ImagePullBackOff: 'its image can not be pulled',
  ErrImageNeverPull: 'its image is not on the node and may not be pulled',
  InvalidImageName: 'its image has no valid name',
  ImageInspectError: 'its image can not be read',
  RegistryUnavailable: 'its image can not be pulled',
  SignatureValidationFailed: 'its image is refused by the signature policy',
  CreateContainerConfigError: 'its container can not be set up',
  CreateContainerError: 'its container can not be made',
  RunContainerError: 'its container can not be started',
  CrashLoopBackOff: 'its container ends as soon as it is started',
};

const OTHER_IMAGE =
  'Name an image that the nodes can get with --collector-image: any that has sh and nsenter will do (--collector-image-pull-policy Never for one that they have).';

export function podState(pod: unknown): PodState {
  const status = at(pod, 'status');
  const state = at(list(status, 'containerStatuses')[0], 'state');
  if (text(at(pod, 'metadata'), 'deletionTimestamp') !== undefined)
    return { kind: 'failed', why: 'it was deleted by somebody' };
  const ended = at(state, 'terminated');
  if (text(status, 'phase') === 'Failed' || text(status, 'phase') === 'Succeeded')
    return { kind: 'failed', why: endedWhy(status, ended) };
  if (ended['exitCode'] !== undefined) return { kind: 'failed', why: endedWhy(status, ended) };
  if (state['running'] !== undefined) return { kind: 'running' };
  const waiting = at(state, 'waiting');
  const reason = text(waiting, 'reason') ?? '';
  const hopeless = Object.hasOwn(HOPELESS, reason) ? HOPELESS[reason]! : undefined;
  if (hopeless !== undefined) {
    const why = because(hopeless, text(waiting, 'message') ?? reason);
    return hopeless.startsWith('its image') ? { kind: 'failed', why, remedy: OTHER_IMAGE } : { kind: 'failed', why };
  }
  return { kind: 'waiting', why: waitingWhy(status, reason), isTakenUp: text(status, 'startTime') !== undefined };
}

function endedWhy(status: Fields, terminated: Fields): string {
  const said = text(terminated, 'message') ?? text(status, 'message');
  const reason = text(status, 'reason') ?? text(terminated, 'reason');
  const code = terminated['exitCode'];
  if (reason === 'DeadlineExceeded') return 'it came to its deadline';
  if (said !== undefined || reason !== undefined)
    return because(`it ended (${reason ?? 'no reason given'})`, said ?? '');
  return `it ended${typeof code === 'number' ? ` with exit code ${code}` : ''}`;
}

/** Who stands in the way: the scheduler has no say, so it is the kubelet. */
function waitingWhy(status: Fields, reason: string): string {
  const blocked = list(status, 'conditions')
    .map(fields)
    .find((condition) => text(condition, 'status') === 'False' && text(condition, 'message') !== undefined);
  if (text(status, 'startTime') === undefined) return 'the kubelet of the node has not taken it up';
  if (reason !== '' && reason !== 'ContainerCreating') return because(`it waits (${reason})`, '');
  const said = blocked === undefined ? undefined : text(blocked, 'message');
  return because(
    'its container is not started yet',
    said?.startsWith('containers with unready') === true ? '' : (said ?? ''),
  );
}

/** The runtime's words, which are long and have the image in them twice, in one line. */
function because(what: string, said: string): string {
  const line = said.replaceAll(/\s+/g, ' ').trim();
  return line === '' ? what : `${what}: ${line.length > 240 ? `${line.slice(0, 240)}…` : line}`;
}
