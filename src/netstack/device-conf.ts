/** The `net.ipvN.conf.DEV.NAME` sysctls as numbers. Several are asked for each packet, so each key is put together and read once. */
import type { Family } from '../model/address.ts';
import type { Sysctls } from './state.ts';

/** Undefined where the value was not collected or is no number. */
export type DeviceConf = (family: Family, dev: string, name: string) => number | undefined;

export function deviceConf(sysctls: Sysctls): DeviceConf {
  const kept = { 4: new Map<string, Map<string, number>>(), 6: new Map<string, Map<string, number>>() };
  return (family, dev, name) => {
    let byDevice = kept[family].get(name);
    if (byDevice === undefined) {
      byDevice = new Map();
      kept[family].set(name, byDevice);
    }
    let value = byDevice.get(dev);
    if (value === undefined) {
      value = numberAt(sysctls, `ipv${family}/conf/${dev}/${name}`) ?? NaN;
      byDevice.set(dev, value);
    }
    return Number.isNaN(value) ? undefined : value;
  };
}

export function numberAt(sysctls: Sysctls, key: string): number | undefined {
  const text = sysctls.get(key);
  if (text === undefined) return undefined;
  const value = Number.parseInt(text, 10);
  return Number.isNaN(value) ? undefined : value;
}
