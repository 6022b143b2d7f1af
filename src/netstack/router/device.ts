/** What the router asks about a device: its sysctls, its group, whether it is up or belongs to a VRF. */
import type { Family } from '../../model/address.ts';
import type { Evidence } from '../../model/evidence.ts';
import { deviceConf } from '../device-conf.ts';
import type { NetLink } from '../state.ts';
import type { RouterState } from './state.ts';

export interface Devices {
  get(name: string): NetLink | undefined;
  /** In the kernel's order. */
  readonly names: readonly string[];
  /** A device's own value of a `conf` sysctl; `all` is not looked at. Undefined where it is not known. */
  own(family: Family, dev: string, name: string): number | undefined;
  /** The value for all devices. */
  all(family: Family, name: string): number | undefined;
  /** Either is set (the kernel's ORCONF). */
  either(family: Family, dev: string, name: string): boolean;
  /** The larger of both (MAXCONF). */
  larger(family: Family, dev: string, name: string): number;
  /** The name of the VRF that the device is or belongs to. */
  vrfOf(dev: string): string | undefined;
  readonly hasVrf: boolean;
  /** The table of a VRF; undefined where it is not known. */
  tableOf(vrf: string): number | undefined;
}

export function createDevices(state: RouterState): Devices {
  const byName = new Map(state.links.map((link) => [link.name, link]));
  const { sysctls } = state;
  const own = deviceConf(sysctls);
  const all = (family: Family, name: string): number | undefined => own(family, 'all', name);
  const isVrf = (link: NetLink | undefined): boolean =>
    link?.kind.kind === 'vrf' || (link?.kind.kind === 'unsupported' && link.kind.name === 'vrf');
  return {
    get: (name) => byName.get(name),
    names: state.links.map((link) => link.name),
    own,
    all,
    either: (family, dev, name) => (all(family, name) ?? 0) !== 0 || (own(family, dev, name) ?? 0) !== 0,
    larger: (family, dev, name) => Math.max(all(family, name) ?? 0, own(family, dev, name) ?? 0),
    vrfOf: (dev) => {
      const link = byName.get(dev);
      if (isVrf(link)) return dev;
      return link?.master !== undefined && isVrf(byName.get(link.master)) ? link.master : undefined;
    },
    hasVrf: state.links.some(isVrf),
    tableOf: (vrf) => {
      const kind = byName.get(vrf)?.kind;
      return kind?.kind === 'vrf' ? kind.table : undefined;
    },
  };
}

/** `net.ipv4.conf.eth0.rp_filter = 1`, for the device and for all. */
export function sysctlEvidence(devices: Devices, family: Family, dev: string, name: string): readonly Evidence[] {
  const out: Evidence[] = [];
  for (const which of ['all', dev]) {
    const value = devices.own(family, which, name);
    if (value !== undefined)
      out.push({ kind: 'sysctl', raw: `net.ipv${family}.conf.${which.replaceAll('.', '/')}.${name} = ${value}` });
  }
  return out;
}

/** True where the running kernel is at least `major.minor`; undefined where it is not known. */
export function isAtLeast(kernel: string | undefined, major: number, minor: number): boolean | undefined {
  const match = /^(\d+)\.(\d+)/.exec(kernel ?? '');
  if (match === null) return undefined;
  const [have, haveMinor] = [Number(match[1]), Number(match[2])];
  return have > major || (have === major && haveMinor >= minor);
}
