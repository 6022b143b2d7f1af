/** Which pod is in a namespace, from what the node itself shows: cgroups and addresses. */
import { isLinkLocal, isLoopback, parseIP } from '../model/address.ts';
import type { NetNSInfo, PodNetInfo } from '../model/dump.ts';

/** One entry per pod UID seen in the namespace, or one without UID. The host's namespace is no pod's. */
export function podsIn(netns: NetNSInfo, uids: readonly string[]): readonly PodNetInfo[] {
  if (netns.isHost) return [];
  const addresses = addressesIn(netns);
  if (uids.length === 0) return addresses.length === 0 ? [] : [{ netnsInode: netns.inode, addresses }];
  return uids.map((uid) => ({ uid, netnsInode: netns.inode, addresses }));
}

/** Addresses without loopback and link-local ones, canonical; none where the section is missing or unreadable. */
function addressesIn(netns: NetNSInfo): readonly string[] {
  const section = netns.sections['ip-addr'];
  if (section === undefined || section.exitCode !== 0) return [];
  const found = new Set<string>();
  for (const [, text = ''] of section.stdout.matchAll(/"local":"([0-9a-f.:]{2,45})"/g)) {
    const address = parseIP(text);
    if (address !== undefined && !isLoopback(address) && !isLinkLocal(address)) found.add(address.text);
  }
  return [...found];
}
