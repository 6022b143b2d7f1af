/** TPROXY, NFQUEUE and QUEUE: the packet is handed to a local socket or to a program. */
import { isUnspecified, parseIP } from '../../../model/address.ts';
import { port, type PortRange } from '../../../model/packet.ts';
import { parseMasked, parseNumber } from '../numbers.ts';
import { value, type Options } from '../options.ts';
import type { TargetModule } from '../target.ts';
import { ending } from '../target.ts';

export const TPROXY: TargetModule = {
  options: { '--on-port': 1, '--on-ip': 1, '--tproxy-mark': 1 },
  compile(options) {
    const port = parseNumber(value(options, '--on-port'));
    const text = value(options, '--on-ip');
    const address = text === undefined ? undefined : parseIP(text);
    const mark = options.has('--tproxy-mark') ? parseMasked(value(options, '--tproxy-mark')) : { value: 0, mask: 0 };
    if (port === undefined || mark === undefined || (text !== undefined && address === undefined)) return undefined;
    const own = address === undefined || isUnspecified(address);
    return ending(
      { kind: 'tproxy', isElseDropped: true, ...(own ? {} : { address }), port, mark: mark.value, mask: mark.mask },
      `TPROXY ${own ? '' : address.text}:${port}`,
    );
  },
};

export const NFQUEUE: TargetModule = {
  options: { '--queue-num': 1, '--queue-balance': 1, '--queue-bypass': 0, '--queue-cpu-fanout': 0 },
  compile: (options) =>
    ending({ kind: 'queue', bypass: options.has('--queue-bypass'), queues: queuesOf(options) }, 'NFQUEUE'),
};

function queuesOf(options: Options): PortRange | undefined {
  const text = value(options, '--queue-balance') ?? value(options, '--queue-num') ?? '0';
  const [, first, last = first] = /^(\d{1,5})(?::(\d{1,5}))?$/.exec(text) ?? [];
  return first === undefined ? undefined : { min: Number(first), max: Number(last) };
}

export const QUEUE: TargetModule = {
  options: {},
  compile: () => ending({ kind: 'queue', bypass: false, queues: port(0) }, 'QUEUE'),
};
