/** The kernel's list of virtual services and ipvsadm's: read, put together, and printed back. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromWords, type Family } from '../../../src/model/address.ts';
import type { Section, SectionName } from '../../../src/model/dump.ts';
import { parseProcIpvs } from '../../../src/netstack/ipvs/parse-proc.ts';
import { parseIpvsSave } from '../../../src/netstack/ipvs/parse-save.ts';
import { parseTemplates } from '../../../src/netstack/ipvs/parse-templates.ts';
import { printProcIpvs } from '../../../src/netstack/ipvs/print-proc.ts';
import { readIpvs } from '../../../src/netstack/ipvs/read.ts';
import type { RealServer, VirtualService } from '../../../src/netstack/ipvs/types.ts';
import { PROC, SAVE, TEMPLATES } from './printed.ts';

describe('/proc/net/ip_vs', () => {
  it('is read with the order of the servers', () => {
    const services = parseProcIpvs(PROC);
    expect(services).toHaveLength(9);
    expect(services[1]).toMatchObject({
      key: { kind: 'address', protocol: 6, address: { text: '10.96.0.10' }, port: 80 },
      scheduler: 'rr',
      isOnePacket: false,
      schedulerFlags: undefined,
      servers: [
        { address: { text: '10.0.0.3' }, port: 8080, method: 'masquerade', weight: 0 },
        { address: { text: '10.0.0.2' }, weight: 1, connections: { active: 0, inactive: 2 } },
      ],
    });
    expect(services[0]).toMatchObject({ isOnePacket: undefined, persistence: { prefixLength: 128 } });
    expect(services[7]).toMatchObject({ key: { mark: 7, family: 4 }, persistence: { prefixLength: 16 } });
    expect(services[8]).toMatchObject({ key: { mark: 8, family: 6 } });
  });

  it('prints back as the kernel wrote it', () => {
    expect(printProcIpvs(parseProcIpvs(PROC))).toBe(PROC);
  });

  it('reads whatever services it prints', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(serviceOf(4), serviceOf(6)), { maxLength: 6 }), (services) => {
        const printed = printProcIpvs(services);
        const read = parseProcIpvs(printed);
        expect(printProcIpvs(read)).toBe(printed);
        expect(read.map(withoutRaw)).toEqual(services.map(withoutRaw));
      }),
    );
  });

  it.each([
    ['another file', 'Inter-|   Receive\n', /line 1: not the head/],
    ['a server first', PROC.split('\n').toSpliced(3, 1).join('\n'), /line 4: a real server before/],
    ['a line that is cut off', PROC.slice(0, PROC.indexOf(' rr')), /line 6: no virtual service/],
    ['another netmask', PROC.replace('FFFF0000', 'FF00FF00'), /no netmask: FF00FF00/],
    ['another way of forwarding', PROC.replace('Masq ', 'Magic'), /line 5: no real server/],
    ['an address that is too short', PROC.replace('0A60000B', '0A60000'), /no virtual service/],
    ['a NUL byte', `${PROC}\0`, /NUL byte/],
  ])('is refused where it is %s', (_, text, message) => {
    expect(() => parseProcIpvs(text)).toThrow(message);
  });
});

describe('ipvsadm-save -n', () => {
  it('is read with its flags', () => {
    const services = parseIpvsSave(SAVE);
    expect(services.map(({ scheduler }) => scheduler)).toEqual([
      'rr',
      'lblcr',
      'sh',
      'mh',
      'fo',
      'wrr',
      'wlc',
      'lc',
      'sed',
    ]);
    expect(services[2]).toMatchObject({ schedulerFlags: ['sh-fallback', 'sh-port'], persistence: { timeout: 300 } });
    expect(services[6]).toMatchObject({ isOnePacket: true });
    expect(services[7]).toMatchObject({ persistence: { prefixLength: 16 }, servers: [{ method: 'tunnel', port: 0 }] });
    expect(services[8]).toMatchObject({ key: { family: 6 } });
  });

  it.each([
    ['another command', '-D -t 10.96.0.10:80\n', /line 1/],
    ['a server first', SAVE.split('\n').slice(1).join('\n'), /line 1/],
    ['a service without a scheduler', '-A -t 10.96.0.10:80\n', /line 1/],
    ['another option', '-A -t 10.96.0.10:80 -s rr --new x\n', /line 1/],
    ["another service's server", SAVE.replace('-a -t 10.96.0.10:80', '-a -t 10.96.0.99:80'), /line 2/],
    ['an address without brackets', '-A -t fd96::10:80 -s rr\n', /line 1/],
  ])('is refused where it has %s', (_, text, message) => {
    expect(() => parseIpvsSave(text)).toThrow(message);
  });
});

describe('/proc/net/ip_vs_conn', () => {
  it('gives the entries that have no port of a client', () => {
    expect(parseTemplates(TEMPLATES)).toMatchObject([
      { protocol: 6, client: { text: '10.77.0.2' }, virtualPort: 80, server: { text: '10.0.0.2' }, serverPort: 8080 },
      { protocol: 0, virtual: { text: '0.0.0.7' } },
    ]);
  });

  it('is refused where a line is something else', () => {
    expect(() => parseTemplates(`${TEMPLATES}TCP 10.0.0.1\n`)).toThrow(/line 4: no connection of IPVS/);
  });
});

describe('the sections together', () => {
  const read = (sections: Partial<Record<SectionName, Partial<Section>>>, isKubeProxys = false) =>
    readIpvs((name) => {
      const section = sections[name];
      return section === undefined ? undefined : { command: name, exitCode: 0, stdout: '', stderr: '', ...section };
    }, isKubeProxys);

  it.each([
    ['no section', {}, false, 0],
    ['all of them', { ipvs: { stdout: PROC }, 'ipvs-save': { stdout: SAVE } }, false, 9],
    ['no tool', { ipvs: { stdout: PROC }, 'ipvs-save': { exitCode: 127 } }, false, 0],
    ["no tool, but kube-proxy's device", { ipvs: { stdout: PROC }, 'ipvs-save': { exitCode: 127 } }, true, 9],
    ['the tool alone, as older collectors have it', { 'ipvs-save': { stdout: SAVE } }, false, 9],
  ] as const)('%s', (_, sections, isKubeProxys, withFlags) => {
    const found = read(sections, isKubeProxys);
    expect(found.ok && found.value.services.filter(({ schedulerFlags }) => schedulerFlags !== undefined)).toHaveLength(
      withFlags,
    );
  });

  it('keeps the order of /proc, and takes flags from the tool', () => {
    const found = read({ ipvs: { stdout: PROC }, 'ipvs-save': { stdout: SAVE } });
    const sh = found.ok ? found.value.services.find(({ scheduler }) => scheduler === 'sh') : undefined;
    expect(sh?.servers.map(({ address }) => address.text)).toEqual(['10.0.0.3', '10.0.0.2']);
    expect(sh?.schedulerFlags).toEqual(['sh-fallback', 'sh-port']);
  });

  it('is not known where the only tool is missing', () => {
    expect(read({ 'ipvs-save': { exitCode: 127 } }).ok).toBe(false);
  });
});

const address = (family: Family) =>
  fc
    .tuple(...Array.from({ length: 4 }, () => fc.integer({ min: 0, max: 0xffffffff })))
    .map(([a = 0, b = 0, c = 0, d = 0]) => (family === 4 ? fromWords(4, [a, 0, 0, 0]) : fromWords(6, [a, b, c, d])));
const port = fc.integer({ min: 0, max: 0xffff });
const count = fc.integer({ min: 0, max: 100_000 });

const serverOf = (family: Family): fc.Arbitrary<RealServer> =>
  fc.record({
    address: address(family),
    port,
    method: fc.constantFrom('masquerade', 'tunnel', 'route', 'local', 'bypass'),
    weight: count,
    connections: fc.record({ active: count, inactive: count }),
    raw: fc.constant(''),
  });

const serviceOf = (family: Family): fc.Arbitrary<VirtualService> =>
  fc
    .record({
      key: fc.record({
        kind: fc.constant('address' as const),
        protocol: fc.constantFrom(6, 17, 132),
        address: address(family),
        port,
      }),
      scheduler: fc.constantFrom('rr', 'wrr', 'lblcr', 'none'),
      persistence: fc.option(
        fc.record({ timeout: count, prefixLength: fc.integer({ min: 0, max: family === 4 ? 32 : 128 }) }),
        { nil: undefined },
      ),
      isOnePacket: family === 6 ? fc.constant(undefined) : fc.boolean(),
      servers: fc.array(serverOf(family), { maxLength: 4 }),
    })
    .map(({ persistence, ...rest }) => ({
      ...rest,
      ...(persistence === undefined ? {} : { persistence }),
      schedulerFlags: undefined,
      raw: '',
    }));

const withoutRaw = (service: VirtualService): unknown => ({
  ...service,
  raw: '',
  servers: service.servers.map((server) => ({ ...server, raw: '' })),
});
