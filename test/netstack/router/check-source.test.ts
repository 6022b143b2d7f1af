/** Source validation held against what `ip route get … from … iif …` of the running kernel refuses. */
import { afterAll, describe, expect, it } from 'vitest';
import { ip } from '../../../src/model/address.ts';
import { port } from '../../../src/model/packet.ts';
import { createRouter } from '../../../src/netstack/router/index.ts';
import type { FlowKey, RouteAnswer, Router } from '../../../src/netstack/router/index.ts';
import { random, readState, routeGet, whyNoKernel } from './kernel.ts';
import type { KernelAnswer, Namespace } from './kernel.ts';
import { randomNamespace } from './random-namespace.ts';
import { anyAddress, DEVICES, localAddress } from './random-state.ts';

const reason = whyNoKernel();
if (reason !== undefined) console.log(`skipped: ${reason}`);

const SEEDS = (process.env['ROUTER_SEEDS'] ?? '1,2,3,4,5,6').split(',').map(Number);

type Random = ReturnType<typeof random>;

const made: Namespace[] = [];
afterAll(() => made.forEach((ns) => ns.remove()));

function build(seed: number): Namespace {
  const { ns, peer } = randomNamespace(seed);
  made.push(ns, peer);
  const r = random(seed + 77);
  const set = (dev: string, name: string, value: number): string =>
    `echo ${value} > /proc/sys/net/ipv4/conf/${dev}/${name}`;
  const lines = ['all', ...DEVICES].flatMap((dev) => [
    set(dev, 'rp_filter', dev === 'all' ? r.pick([0, 0, 1, 2]) : r.below(3)),
    set(dev, 'accept_local', dev === 'all' ? 0 : r.below(2)),
    set(dev, 'route_localnet', dev === 'all' ? 0 : r.below(2)),
    set(dev, 'src_valid_mark', dev === 'all' ? 0 : r.below(2)),
    set(dev, 'send_redirects', r.below(2)),
  ]);
  ns.run(lines.join('; '));
  return ns;
}

function anySource(r: Random): string {
  if (r.chance(0.2)) return localAddress(r, 4);
  if (r.chance(0.2))
    return r.pick([
      '127.0.0.1',
      '127.9.9.9',
      '224.0.0.5',
      '255.255.255.255',
      '240.0.0.1',
      '0.1.2.3',
      '10.0.0.255',
      '10.1.255.255',
      '8.8.8.8',
    ]);
  return anyAddress(r, 4);
}

interface Query {
  readonly text: string;
  readonly key: FlowKey & { readonly src: NonNullable<FlowKey['src']> };
}

function query(r: Random): Query {
  const dst = anyAddress(r, 4);
  const src = anySource(r);
  const iif = r.pick(DEVICES.filter((dev) => dev !== 'd3'));
  const mark = r.chance(0.3) ? r.pick([1, 2, 7, 0x4000]) : 0;
  const tos = r.chance(0.2) ? r.pick([0x04, 0x08, 0x10]) : 0;
  const hasPorts = r.chance(0.3);
  return {
    text: `${dst} from ${src} iif ${iif} mark ${mark} tos 0x${tos.toString(16)}${hasPorts ? ' ipproto tcp sport 80 dport 443' : ''}`,
    key: {
      dst: ip(dst),
      src: ip(src),
      iif,
      mark,
      tos,
      protocol: hasPorts ? 6 : 0,
      sport: port(hasPorts ? 80 : 0),
      dport: port(hasPorts ? 443 : 0),
    },
  };
}

/** Whether the router thinks that the kernel takes the packet: by the answers that the kernel may have chosen. */
function verdicts(router: Router, { key }: Query): readonly string[] {
  return router
    .lookup(key)
    .flatMap((answer) => answer.alternatives ?? [answer])
    .map((answer) => verdict(router, key, answer));
}

function verdict(router: Router, key: Query['key'], answer: RouteAnswer): string {
  const isForwarded = answer.kind === 'unicast';
  if (!isForwarded && answer.kind !== 'local' && answer.kind !== 'broadcast') return 'other';
  const check = router.checkSource({ ...key, ...(isForwarded && answer.dev !== undefined && { oif: answer.dev }) });
  return check.ok === true ? 'taken' : check.ok === false ? 'refused' : 'unknown';
}

function kernelVerdict(answer: KernelAnswer): string {
  return answer.error === undefined ? 'taken' : 'refused';
}

describe.skipIf(reason !== undefined).each(SEEDS)('random state, seed %i', (seed) => {
  it('the kernel refuses the same sources', () => {
    const ns = build(seed);
    const router = createRouter(readState(ns));
    const r = random(seed * 31);
    const queries = Array.from({ length: 800 }, () => query(r));
    const kernel = routeGet(
      ns,
      4,
      queries.map(({ text }) => text),
    );
    const counts = { taken: 0, refused: 0, skipped: 0, unknown: 0 };
    const differences: string[] = [];
    queries.forEach((asked, i) => {
      const said = new Set(verdicts(router, asked));
      // Where the destination has no route the kernel refuses before it looks at the source.
      if (said.has('other') || said.size > 1) return void counts.skipped++;
      if (said.has('unknown')) return void counts.unknown++;
      const want = kernelVerdict(kernel[i]!);
      if (said.has(want)) counts[want as 'taken' | 'refused']++;
      else
        differences.push(
          `${asked.text}: kernel ${want} ${kernel[i]!.error ?? ''}, router ${[...said].join()} ${verdictReason(router, asked)}`,
        );
    });
    console.log(`seed ${seed}: ${JSON.stringify(counts)}, ${differences.length} differences`);
    expect(differences.slice(0, 8).join('\n')).toBe('');
    expect(counts.taken).toBeGreaterThan(10);
    expect(counts.refused).toBeGreaterThan(10);
  });
});

function verdictReason(router: Router, { key }: Query): string {
  return router
    .lookup(key)
    .map((answer) => {
      const check = router.checkSource({
        ...key,
        ...(answer.kind === 'unicast' && answer.dev !== undefined && { oif: answer.dev }),
      });
      return check.ok === true ? 'ok' : `${check.reason} ${check.evidence.map(({ raw }) => raw).join('; ')}`;
    })
    .join(' | ');
}
