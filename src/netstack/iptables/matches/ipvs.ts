/** -m ipvs: whether IPVS has handled the packet, and for which virtual service (xt_ipvs.c). */
import { assertNever } from '../../../model/assert-never.ts';
import { samePorts, type Packet } from '../../../model/packet.ts';
import { holds } from '../../conntrack/connection.ts';
import { sameIP } from '../../../model/address.ts';
import type { ForwardingMethod } from '../../ipvs/types.ts';
import type { VirtualConnection } from '../../ipvs/connection.ts';
import { meets, parseAddressCondition } from '../address-mask.ts';
import type { MatchModule } from '../match.ts';
import { protocolNumber } from '../protocols.ts';
import type { Option } from '../options.ts';

const METHODS: ReadonlyMap<string, ForwardingMethod> = new Map([
  ['GATE', 'route'],
  ['IPIP', 'tunnel'],
  ['MASQ', 'masquerade'],
]);

type Name = '--ipvs' | '--vproto' | '--vaddr' | '--vport' | '--vmethod';
const NAMES: readonly Name[] = ['--ipvs', '--vproto', '--vaddr', '--vport', '--vmethod'];

type Test = (connection: VirtualConnection) => boolean;

export const ipvs: MatchModule = {
  options: { '--ipvs': 0, '--vproto': 1, '--vaddr': 1, '--vport': 1, '--vdir': 1, '--vmethod': 1, '--vportctl': 1 },
  compile(options) {
    const property = options.get('--ipvs');
    const tests: Test[] = [];
    for (const [name, option] of options) {
      const known = NAMES.find((one) => one === name);
      const test = known === undefined ? undefined : testOf(known, option);
      if (test === undefined) return undefined;
      tests.push(test);
    }
    if (property !== undefined && tests.length === 1)
      return ({ input }) => (input.virtual !== undefined) !== property.isInverted;
    return ({ input: { virtual }, packet }) =>
      virtual !== undefined && isBetween(virtual, packet) && tests.every((test) => test(virtual));
  },
};

/** The entry is looked up as for an answer of the real server, turned round (conn_out_get). */
function isBetween({ client, real, virtual, method }: VirtualConnection, { src, sport, dst, dport }: Packet): boolean {
  const server = method === 'masquerade' ? real : virtual;
  return (
    sameIP(client.address, src) &&
    holds(client.port, sport) &&
    sameIP(server.address, dst) &&
    samePorts(server.port, dport)
  );
}

function testOf(name: Name, { values, isInverted }: Option): Test | undefined {
  const [value = ''] = values;
  switch (name) {
    case '--ipvs':
      return () => !isInverted;
    case '--vproto': {
      const protocol = protocolNumber(value);
      return protocol === undefined ? undefined : (connection) => (connection.protocol === protocol) !== isInverted;
    }
    case '--vaddr': {
      const condition = parseAddressCondition(value, isInverted);
      return condition === undefined ? undefined : ({ virtual }) => meets(condition, virtual.address);
    }
    case '--vport':
      return /^\d{1,5}$/.test(value) ? ({ virtual }) => (virtual.port.min === Number(value)) !== isInverted : undefined;
    case '--vmethod': {
      const method = METHODS.get(value);
      return method === undefined ? undefined : (connection) => (connection.method === method) !== isInverted;
    }
    default:
      return assertNever(name);
  }
}
