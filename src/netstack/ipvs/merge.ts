/** Puts together what /proc/net/ip_vs and ipvsadm-save tell of the same virtual services. */
import { sameKey } from './parse-save.ts';
import type { VirtualService } from './types.ts';

/** Servers, and their order, are those of /proc; flags, and the family of a service by mark, are the tool's. */
export function withToolsFlags(
  listed: readonly VirtualService[],
  saved: readonly VirtualService[],
): readonly VirtualService[] {
  const byText = new Map(saved.map((service) => [keyText(service), service]));
  return listed.map((service) => {
    const twin = byText.get(keyText(service)) ?? saved.find((one) => sameKey(one.key, service.key));
    if (twin === undefined) return service;
    const { key, isOnePacket, schedulerFlags, engine, raw } = twin;
    return { ...service, key, isOnePacket, schedulerFlags, raw, ...(engine === undefined ? {} : { engine }) };
  });
}

/** kube-proxy never asks for one-packet scheduling or an engine, and for a flag of the scheduler with `mh` alone (syncService). */
export function withKubeProxysFlags(listed: readonly VirtualService[]): readonly VirtualService[] {
  return listed.map((service) => ({
    ...service,
    isOnePacket: service.isOnePacket ?? false,
    schedulerFlags: service.scheduler === 'mh' ? ['mh-port'] : [],
  }));
}

function keyText({ key }: VirtualService): string {
  return key.kind === 'fwmark'
    ? `mark ${key.mark} ${key.family ?? '?'}`
    : `${key.protocol} ${key.address.text} ${key.port}`;
}
