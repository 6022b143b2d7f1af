/** The judge of stopping places: what it reads off a dropped packet, and that it sees a wrong place and a wrong reason. */
import { afterAll, describe, expect, it } from 'vitest';
import { askSkoop } from '../../lab/ask-skoop.ts';
import { unavailable } from '../../lab/available.ts';
import { collectorCommand } from '../../lab/collector-command.ts';
import { droppedPacket } from '../../lab/drops/dropped-packet.ts';
import { startDropWatch } from '../../lab/drops/watch.ts';
import { judgeCase, type CaseResult } from '../../lab/judge-case.ts';
import type { AskSkoop } from '../../lab/judge-observations.ts';
import { runCase } from '../../lab/run-case.ts';
import { expand } from '../../lab/scenario.ts';
import { SCENARIOS } from '../../lab/scenarios/index.ts';
import type { Branch, Ending, PacketPath } from '../../src/model/index.ts';

const SYN4 = '4500003c4af140004006f1c87f0000017f0000018f440050e135148700000000a002ffd7fe300000020 4ffd7';
const RESET4 = '450000284af140004006f1c87f0000017f0000018f440050e13514880000000050040000fe300000';
const UDP6 = `6001fabe000f1140${'00'.repeat(15)}01${'00'.repeat(15)}01b7d60050000f001c${Buffer.from('t17\n....').toString('hex')}${'00'.repeat(20)}`;
const VXLAN = '450000504af14000401100000a0000010a000002c3582118005400000800000000000100 0a580a4d00020a580a4d01020800';
const ANSWER = `4500004000004000401100000a4d00020a4d010214e9c00100400000${Buffer.from('{"token": "t17", "saw": ').toString('hex')}`;

const bytes = (hex: string): Buffer => Buffer.concat([Buffer.from(hex.replaceAll(' ', ''), 'hex'), Buffer.alloc(32)]);

describe('what a dropped packet was', () => {
  it.each([
    ['a SYN', SYN4, { kind: 'tcp', sequence: 0xe1351487, acknowledges: undefined, isReset: false }],
    ['a reset', RESET4, { kind: 'tcp', sequence: 0xe1351488, acknowledges: undefined, isReset: true }],
    ['a datagram over IPv6', UDP6, { kind: 'udp', token: 17, isAnswer: false }],
    ['an answer', ANSWER, { kind: 'udp', token: 17, isAnswer: true }],
    ['a SYN in a tunnel packet', VXLAN + SYN4, { kind: 'tcp', sequence: 0xe1351487 }],
    ['one whose port was translated', VXLAN.replace('2118', '1f90') + SYN4, { kind: 'tcp', sequence: 0xe1351487 }],
  ])('%s', (_, hex, expected) => {
    expect(droppedPacket(bytes(hex))).toMatchObject(expected);
  });

  it.each([
    ['an ICMP error', '4500003800000000400100000a0000010a0000020301 0000'],
    ['a datagram of somebody else', '4500003800000000401100000a0000010a000002003500350020 0000abcdef'],
    ['nothing that is IP', '00000000'],
  ])('%s belongs to no probe', (_, hex) => {
    expect(droppedPacket(bytes(hex))).toBeUndefined();
  });
});

const LIES = {
  'nothing else': (ending: Ending) => ending,
  'another node': (ending: Ending) => ({ ...ending, node: ending.node === 'node-b' ? 'node-a' : 'node-b' }),
  'another reason': (ending: Ending) => ({ ...ending, reason: 'ttl' as const }),
};

const why = await unavailable();
const watch = why === undefined ? await startDropWatch() : why;

afterAll(async () => {
  if (typeof watch !== 'string') await watch.close();
});

describe('a node that drops in FORWARD', () => {
  // on a busy machine the kernel may leave events out; then the watch says so, and nothing was compared
  const options = { timeout: 120_000, retry: 2 };
  it.for([
    ['nothing else', 'drop-filter-forward/v4', false],
    ['another node', 'drop-filter-forward/v4', true],
    ['another reason', 'drop-filter-forward/v6', true],
  ] as const)('where skoop says %s in %s', options, async ([lie, name, isSeen], ctx) => {
    if (why !== undefined) ctx.skip('needs namespaces');
    if (typeof watch === 'string') return ctx.skip(process.getuid?.() === 0 ? 'needs the tool bpftrace' : 'needs root');
    const labCase = expand(SCENARIOS).find((one) => one.name.startsWith(name))!;
    const result = await runCase(labCase, { collector: collectorCommand(), watch }, async (recording) =>
      judgeCase(recording, lying(await askSkoop(recording), LIES[lie])),
    );
    expect(result.failures).toBeGreaterThan(20);
    expect(stopping(result).length > 0, stopping(result).join('\n')).toBe(isSeen);
    if (!isSeen) expect(result.stopsProven).toBe(result.failures);
  });
});

const stopping = (result: CaseResult): readonly string[] =>
  result.disagreements.filter((line) => line.includes('stopping place'));

function lying(ask: AskSkoop, lie: (ending: Ending) => Ending): AskSkoop {
  const bend = (branch: Branch): Branch =>
    branch.reason === 'dropped' && branch.reply === undefined
      ? { ...branch, forward: { ...branch.forward, ending: lie(branch.forward.ending) } }
      : branch;
  return async (probe): Promise<PacketPath> => {
    const path = await ask(probe);
    return { ...path, branches: path.branches.map(bend) };
  };
}
