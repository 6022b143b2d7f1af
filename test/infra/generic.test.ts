/** Which node a next hop is, where no cloud can be asked. */
import { expect, it } from 'vitest';
import { genericInfra } from '../../src/infra/index.ts';
import { IPCache } from '../../src/k8s/index.ts';
import { ip } from '../../src/model/index.ts';

const node = (name: string, ...addresses: string[]): object => ({
  metadata: { name },
  status: { addresses: addresses.map((address) => ({ type: 'InternalIP', address })) },
});
const cache = new IPCache({
  Node: [
    node('node-a', '192.168.5.1', 'fd05::1'),
    node('node-b', '192.168.5.2', '192.168.5.9'),
    node('node-c', '192.168.5.9'),
  ],
});

it.each([
  ['192.168.5.1', 'node-a'],
  ['fd05::1', 'node-a'],
  ['192.168.5.2', 'node-b'],
  ['192.168.5.254', undefined],
  // Two nodes claim it: nobody knows who gets the packet.
  ['192.168.5.9', undefined],
])('%s is %s', (address, name) => {
  expect(genericInfra.nodeForNextHop(cache, ip(address))?.name).toBe(name);
});

it('says what it takes for granted', () => {
  expect(genericInfra.assumptions.join()).toMatch(/were not asked/);
});
