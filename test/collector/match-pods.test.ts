import { describe, expect, it } from 'vitest';
import { matchPods } from '../../src/collector/index.ts';
import type { PodMatches, PodObject } from '../../src/collector/index.ts';
import type { PodNetInfo } from '../../src/model/dump.ts';
import { smallDump } from './dumps.ts';

const UID = '0c7b2a52-7f5b-4ec9-9d6e-0f0a2f1f6b11';
const HASH = '8d3f5b1c9e7a4620b1d4c3a2f0e9d8c7';
const [HOST, WEB, OTHER] = [4026531840, 4026532177, 4026532300];

function pod(
  name: string,
  fields: {
    uid?: string;
    hash?: string;
    ips?: readonly string[];
    node?: string;
    hostNetwork?: boolean;
    phase?: string;
  },
): PodObject {
  const { uid = `uid-of-${name}`, hash, ips = [], node = 'node-a', hostNetwork = false, phase = 'Running' } = fields;
  return {
    metadata: {
      name,
      namespace: 'shop',
      uid,
      ...(hash !== undefined && { annotations: { 'kubernetes.io/config.hash': hash } }),
    },
    spec: { nodeName: node, hostNetwork },
    status: { phase, podIPs: ips.map((ip) => ({ ip })) },
  };
}

const info = (netnsInode: number, uid: string | undefined, ...addresses: string[]): PodNetInfo => ({
  netnsInode,
  addresses,
  ...(uid !== undefined && { uid }),
});

describe('matchPods', () => {
  it.each<
    [
      what: string,
      pods: readonly PodObject[],
      known: readonly PodNetInfo[],
      matched: readonly string[],
      rest: Partial<PodMatches>,
    ]
  >([
    ['a UID', [pod('web', { uid: UID })], [info(WEB, UID)], [`shop/web ${WEB} uid`], {}],
    ['the hash of a static pod', [pod('etcd', { hash: HASH })], [info(WEB, HASH)], [`shop/etcd ${WEB} uid`], {}],
    [
      'an IPv4 address',
      [pod('web', { ips: ['10.244.1.7'] })],
      [info(WEB, undefined, '10.244.1.7')],
      [`shop/web ${WEB} address`],
      {},
    ],
    [
      'an IPv6 address in another form',
      [pod('web', { ips: ['FD00:0::7'] })],
      [info(WEB, undefined, 'fd00::7')],
      [`shop/web ${WEB} address`],
      {},
    ],
    [
      'the host for hostNetwork',
      [pod('proxy', { hostNetwork: true, ips: ['192.168.77.11'] })],
      [],
      [`shop/proxy ${HOST} hostNetwork`],
      {},
    ],
    // A virtual machine's helper may have a namespace of its own under the same UID.
    [
      'the one of two with the address',
      [pod('vm', { uid: UID, ips: ['10.244.1.7'] })],
      [info(OTHER, UID), info(WEB, UID, '10.244.1.7')],
      [`shop/vm ${WEB} uid`],
      {},
    ],
    // The UID is certain, so the namespace that only has the address is left over from an earlier pod.
    [
      'the UID before the address',
      [pod('web', { uid: UID, ips: ['10.244.1.7'] })],
      [info(OTHER, undefined, '10.244.1.7'), info(WEB, UID, '10.244.1.7')],
      [`shop/web ${WEB} uid`],
      {},
    ],
    [
      'nothing where two have the address',
      [pod('web', { ips: ['10.244.1.7'] })],
      [info(OTHER, undefined, '10.244.1.7'), info(WEB, undefined, '10.244.1.7')],
      [],
      { podsWithoutNamespace: ['shop/web'] },
    ],
    [
      'no pod of another node',
      [pod('web', { uid: UID, node: 'node-b' })],
      [info(WEB, UID)],
      [],
      { podsWithoutNamespace: [] },
    ],
    [
      'no pod that has ended',
      [pod('job', { ips: ['10.244.1.7'], phase: 'Succeeded' })],
      [info(WEB, undefined, '10.244.1.7')],
      [],
      { podsWithoutNamespace: [] },
    ],
    ['no namespace', [pod('web', {})], [], [], { podsWithoutNamespace: ['shop/web'] }],
  ])('takes %s', (...[, pods, known, matched, rest]) => {
    const netns = [HOST, WEB, OTHER].map((inode) => ({ inode, isHost: inode === HOST, names: [], sections: {} }));
    const found = matchPods(smallDump({ netns, pods: known }), pods);
    expect(found.matched.map(({ pod, netnsInode, by }) => `${pod} ${netnsInode} ${by}`)).toEqual(matched);
    expect(found).toMatchObject(rest);
    const taken = new Set(found.matched.map(({ netnsInode }) => netnsInode));
    expect(found.namespacesWithoutPod).toEqual([WEB, OTHER].filter((inode) => !taken.has(inode)));
  });
});
