/** Dumps to start a test from. */
import type { NodeNetworkStackDump } from '../../src/model/dump.ts';

/** A node with one pod, small enough to read in a failure. */
export function smallDump(change: Partial<NodeNetworkStackDump> = {}): NodeNetworkStackDump {
  return {
    schema: 1,
    nodeName: 'node-a',
    collectedAt: '2026-11-24T03:31:17Z',
    kernel: '6.18.44',
    pods: [
      {
        uid: '0c7b2a52-7f5b-4ec9-9d6e-0f0a2f1f6b11',
        netnsInode: 4026532177,
        addresses: ['10.244.1.7', 'fd00:10:244:1::7'],
      },
    ],
    netns: [
      {
        inode: 4026531840,
        isHost: true,
        names: [],
        sections: {
          'ip-link': {
            command: 'ip -N -j -d link',
            exitCode: 0,
            stdout: '[{"ifindex":1,"ifname":"lo"}]\n',
            stderr: '',
            milliseconds: 10,
          },
          'ipset-save': {
            command: 'ipset save',
            exitCode: 127,
            stdout: '',
            stderr: 'there is no ipset\n',
            milliseconds: 0,
          },
        },
      },
      {
        inode: 4026532177,
        isHost: false,
        names: ['cni-1f6b'],
        sections: {
          'ip-addr': {
            command: 'ip -N -j addr',
            exitCode: 0,
            stdout:
              '[{"ifname":"lo","addr_info":[{"local":"127.0.0.1"},{"local":"::1"}]},{"ifname":"eth0","addr_info":[{"local":"10.244.1.7"},{"local":"fd00:10:244:1::7"},{"local":"fe80::1"}]}]\n',
            stderr: '',
            milliseconds: 0,
          },
        },
      },
    ],
    outside: [3],
    notDumped: [{ inode: 4026532999, names: ['other'] }],
    ...change,
  };
}

/** What a dump says, without the getters. */
export function plain(dump: NodeNetworkStackDump): unknown {
  return JSON.parse(JSON.stringify(dump));
}
