import type { NetNSInfo, Section, SectionName } from '../../../src/model/dump.ts';
import { NetNS } from '../../../src/netstack/netns.ts';

export type Sections = Partial<Record<SectionName, string>>;

const CGROUPS = '/sys/fs/cgroup';

function info(inode: number, isHost: boolean, sections: Sections): NetNSInfo {
  const full = Object.entries(sections).map(([name, stdout]): [string, Section] => [
    name,
    {
      command: name === 'bpf-cgroup' ? `bpftool -j cgroup tree ${CGROUPS}` : name,
      exitCode: 0,
      stdout,
      stderr: '',
    },
  ]);
  return { inode, isHost, names: [], sections: Object.fromEntries(full) };
}

/** The host's namespace of a node. */
export function hostWith(sections: Sections): NetNS {
  const netns = [info(1, true, sections)];
  return new NetNS('node-a', netns[0]!, { netns, pods: [] });
}

/** A pod's namespace on a node with these sections. */
export function podOn(sections: Sections, uid?: string): NetNS {
  const netns = [info(1, true, sections), info(2, false, {})];
  const pods = [{ netnsInode: 2, addresses: [], ...(uid !== undefined && { uid }) }];
  return new NetNS('shop/web', netns[1]!, { netns, pods });
}
