/** When a packet that comes to a place again is taken for one that goes round for good. */
import { describe, expect, it } from 'vitest';
import { isEndless, placeOf, visit, type Seen } from '../../src/diagnostor/rounds.ts';
import type { Fork } from '../../src/model/fork.ts';
import type { Frame, Packet } from '../../src/model/packet.ts';
import { synOf } from '../netstack/iptables/ask.ts';

const ECMP: Fork = { cause: 'choice', id: 1, option: 0, label: 'multipath picks 192.168.77.12 dev eth0' };
const SYN = synOf(4);

interface Round {
  readonly packet: Packet;
  readonly forks: readonly Fork[];
}

const round = (ttl: number, ...forks: readonly Fork[]): Round => ({ packet: { ...SYN, ttl }, forks });

/** Whether the last of them shows that there is no end. */
function isEndlessAfter(rounds: readonly Round[]): boolean {
  let seen: Seen = new Map();
  for (const { packet, forks } of rounds.slice(0, -1)) seen = visit(seen, 'here', packet, forks);
  const { packet, forks } = rounds.at(-1)!;
  return isEndless(seen.get('here')!, packet, forks);
}

describe('a packet that comes to a place again', () => {
  it.each<[string, readonly Round[], boolean]>([
    ['may go another way, now that conntrack knows it', [round(63), round(63)], false],
    ['with the TTL that it had, twice', [round(63), round(63), round(63)], true],
    ['with a lower TTL, which rules may look at', [round(63), round(61)], false],
    ['with a still lower one', [round(63), round(61), round(59)], false],
    ['after the kernel chose, as it chooses for this flow each time', [round(63), round(61, ECMP)], true],
    ['after a choice before the first time', [round(63, ECMP), round(61, ECMP)], false],
  ])('%s', (_, rounds, isLoop) => {
    expect(isEndlessAfter(rounds)).toBe(isLoop);
  });

  it.each<[string, Partial<Frame>, boolean]>([
    ['a frame for another MAC address', { dstMac: '0a:58:0a:f4:01:07' }, false],
    ['a frame from another one', { srcMac: '0a:58:0a:f4:01:07' }, false],
    ['a frame with a tag', { vlan: 7 }, false],
    ['a packet with another TTL', { packet: { ...SYN, ttl: 3 } }, true],
    ['a packet with another source port', { packet: { ...SYN, sport: { min: 1024, max: 1024 } } }, false],
  ])('is in the same place, or not: %s', (_, change, isSame) => {
    const frame: Frame = { srcMac: '02:00:00:00:00:11', dstMac: '02:00:00:00:00:12', packet: SYN };
    expect(placeOf('node-b', 'eth0', { ...frame, ...change }) === placeOf('node-b', 'eth0', frame)).toBe(isSame);
  });
});
