/** Data planes that are programs of their own, recognised by the devices and the names of programs that they leave on a node. */
import type { Evidence } from '../../model/evidence.ts';
import type { PacketPath } from '../../model/path.ts';
import { linksOf, type NetNS } from '../netns.ts';
import { perNamespace } from '../per-namespace.ts';
import type { NetLink } from '../state.ts';

interface DataPlane {
  readonly name: string;
  /** It works by BPF programs, on any device perhaps. */
  readonly isBpf: boolean;
  /** A device that only it makes. */
  readonly sign: (link: NetLink) => boolean;
  /** Devices that it has programs on, whether a tool lists them or not. */
  readonly devices: RegExp;
  /** Names of its programs, as tc and bpftool have them. */
  readonly programs: RegExp;
}

const named =
  (pattern: RegExp) =>
  ({ name }: NetLink): boolean =>
    pattern.test(name);

export const DATA_PLANES: readonly DataPlane[] = [
  {
    name: 'Cilium',
    isBpf: true,
    sign: named(/^cilium_(host|net)$/),
    devices: /^(lxc|cilium_)/,
    programs: /^cil_|\b(from|to)-(container|netdev|host|overlay)\b|^bpf_(lxc|host|netdev|overlay)/,
  },
  {
    name: 'Calico (eBPF)',
    isBpf: true,
    sign: named(/^bpf(in|out)\.cali$/),
    devices: /^(cali|bpf(in|out)\.cali$)/,
    programs: /^cali_|calico_(from|to)_|^(from|to)_(hep|wep|l3|lo|nat|ipip|vxlan|wg)_.*\.o/,
  },
  {
    name: 'Open vSwitch',
    isBpf: false,
    sign: ({ kind }) => kind.kind === 'unsupported' && kind.name === 'openvswitch',
    devices: /^(?!)/,
    programs: /^(?!)/,
  },
];

export interface Recognised {
  readonly dataPlane: DataPlane;
  readonly sign: NetLink;
}

/** What was detected on the way. */
export function describeDataPlanes(all: readonly NetNS[]): PacketPath['detected'] {
  return all.flatMap((ns) =>
    dataPlanesOf(ns).map(({ dataPlane, sign }) => ({
      what: 'data plane',
      value: dataPlane.name,
      from: `device ${sign.name} of ${ns.key}`,
    })),
  );
}

/** Those whose devices are in the namespace. */
export const dataPlanesOf = perNamespace((ns): readonly Recognised[] =>
  DATA_PLANES.flatMap((dataPlane) => {
    const sign = linksOf(ns).find(dataPlane.sign);
    return sign === undefined ? [] : [{ dataPlane, sign }];
  }),
);

/** Whose a program is, in brackets after its name. */
export function ownerOf(program: string): string {
  const owner = DATA_PLANES.find(({ programs }) => programs.test(program));
  return owner === undefined ? '' : ` (${owner.name})`;
}

/**
 * A device that a data plane surely works on, or may work on where nothing lists programs: `isListed` says that all that
 * are there have been looked at.
 */
export function workedOn(ns: NetNS, dev: string, isListed: boolean): Evidence | undefined {
  const found = dataPlanesOf(ns).find(
    ({ dataPlane: { devices, isBpf } }) => devices.test(dev) || (isBpf && !isListed && dev !== 'lo'),
  );
  if (found === undefined) return undefined;
  const { dataPlane, sign } = found;
  return {
    kind: 'link',
    raw: sign.raw,
    where: `the data plane of ${dataPlane.name} on ${dev} of ${ns.key}`,
  };
}
