import { describe, expect, it } from 'vitest';
import { podState } from '../../../src/collector/live/pod-state.ts';

/** Statuses as kubelet 1.36 wrote them, without times and ids. */
const ROWS: readonly { what: string; pod: unknown; expected: unknown }[] = [
  {
    what: 'that no kubelet has seen',
    pod: { status: { phase: 'Pending', qosClass: 'Burstable' } },
    expected: { kind: 'waiting', why: 'the kubelet of the node has not taken it up', isTakenUp: false },
  },
  {
    what: 'that is being made',
    pod: {
      status: {
        phase: 'Pending',
        startTime: '2026-11-26T22:00:00Z',
        conditions: [
          {
            type: 'Ready',
            status: 'False',
            reason: 'ContainersNotReady',
            message: 'containers with unready status: [collector]',
          },
        ],
        containerStatuses: [{ name: 'collector', ready: false, state: { waiting: { reason: 'ContainerCreating' } } }],
      },
    },
    expected: { kind: 'waiting', why: 'its container is not started yet', isTakenUp: true },
  },
  {
    what: 'that runs',
    pod: {
      status: {
        phase: 'Running',
        startTime: 'x',
        containerStatuses: [{ ready: true, state: { running: { startedAt: 'x' } } }],
      },
    },
    expected: { kind: 'running' },
  },
  {
    what: 'whose image is nowhere',
    pod: {
      status: {
        phase: 'Pending',
        startTime: 'x',
        containerStatuses: [
          {
            state: {
              waiting: {
                reason: 'ErrImagePull',
                message: 'failed to pull and unpack image "localhost/no/such:1":\nconnection refused',
              },
            },
          },
        ],
      },
    },
    expected: {
      kind: 'failed',
      why: 'its image can not be pulled: failed to pull and unpack image "localhost/no/such:1": connection refused',
      remedy: expect.stringContaining('--collector-image') as string,
    },
  },
  {
    what: 'whose image may not be pulled',
    pod: { status: { startTime: 'x', containerStatuses: [{ state: { waiting: { reason: 'ErrImageNeverPull' } } }] } },
    expected: {
      kind: 'failed',
      why: 'its image is not on the node and may not be pulled: ErrImageNeverPull',
      remedy: expect.stringContaining('--collector-image') as string,
    },
  },
  {
    what: 'that has no shell',
    pod: {
      status: {
        phase: 'Failed',
        containerStatuses: [
          {
            state: {
              terminated: {
                exitCode: 128,
                reason: 'StartError',
                message: 'exec: "sh": executable file not found in $PATH',
              },
            },
          },
        ],
      },
    },
    expected: { kind: 'failed', why: 'it ended (StartError): exec: "sh": executable file not found in $PATH' },
  },
  {
    what: 'that the node has no room for',
    pod: {
      status: {
        phase: 'Failed',
        reason: 'OutOfpods',
        message: "Pod was rejected: Node didn't have enough resource: pods",
      },
    },
    expected: { kind: 'failed', why: "it ended (OutOfpods): Pod was rejected: Node didn't have enough resource: pods" },
  },
  {
    what: 'that came to its deadline',
    pod: {
      status: {
        phase: 'Failed',
        reason: 'DeadlineExceeded',
        message: 'Pod was active on the node longer than the specified deadline',
      },
    },
    expected: { kind: 'failed', why: 'it came to its deadline' },
  },
  {
    what: 'that somebody deletes',
    pod: {
      metadata: { deletionTimestamp: 'x' },
      status: { phase: 'Running', containerStatuses: [{ state: { running: {} } }] },
    },
    expected: { kind: 'failed', why: 'it was deleted by somebody' },
  },
  {
    what: 'that ended by itself',
    pod: { status: { phase: 'Succeeded' } },
    expected: { kind: 'failed', why: 'it ended' },
  },
];

describe('a collector pod', () => {
  it.each(ROWS)('$what', ({ pod, expected }) => expect(podState(pod)).toEqual(expected));
});
