/** What is said of a node's dump from `-v 1` on: the tools that failed; from `-v 2` on each namespace, and how long it took. */
import type { NetNSInfo, NodeNetworkStackDump, Section } from '../../model/dump.ts';

export function dumpLines(dump: NodeNetworkStackDump, level: number): readonly string[] {
  return dump.netns.flatMap((netns) => {
    const sections = Object.values(netns.sections);
    const failed = sections.filter(({ exitCode }) => exitCode !== 0);
    return [
      ...(level > 1 ? [`${nameOf(netns, dump)}: ${summaryOf(netns, sections)}`] : []),
      ...(level > 0 ? failed.map((section) => `${nameOf(netns, dump)}: ${failureOf(section)}`) : []),
    ];
  });
}

function nameOf({ inode, isHost, names }: NetNSInfo, { pods }: NodeNetworkStackDump): string {
  if (isHost) return 'the host';
  const uid = pods.find(({ netnsInode }) => netnsInode === inode)?.uid;
  return `namespace ${names[0] ?? inode}${uid === undefined ? '' : ` of the pod with UID ${uid}`}`;
}

function summaryOf({ isBrief }: NetNSInfo, sections: readonly Section[]): string {
  const took = sections.reduce((sum, { milliseconds = 0 }) => sum + milliseconds, 0);
  return `${sections.length} commands${isBrief === true ? ', in brief' : ''}, ${(took / 1000).toFixed(2)} s`;
}

function failureOf({ command, exitCode, stderr }: Section): string {
  const [said = ''] = stderr.trim().split('\n', 1);
  return `\`${command}\` ${exitCode === 124 ? 'took too long' : `ended with ${exitCode}`}${said === '' ? '' : `: ${said}`}`;
}
