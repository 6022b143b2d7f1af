/** Leaves of a dump what is about the network: no names of programs, no keys. */
import type { NetNSInfo, NodeNetworkStackDump, Section, SectionName } from '../model/dump.ts';

/** What is done to the text of a section; all others stay as they are. */
const REDACTIONS: Readonly<Partial<Record<SectionName, (text: string) => string>>> = {
  sockets: (text) => text.replaceAll(/[ \t]*users:\(\(.*?\)\)(?=\s|$)/gm, ''),
  wireguard: hideKeys,
  'bpf-net': hideProcesses,
  'bpf-link': hideProcesses,
  'bpf-prog': hideProcesses,
  // Keys of IPv6's address generation and of TCP's cookies, which older collectors took along.
  sysctl: (text) => text.replaceAll(/^(.*(?:stable_secret|tcp_fastopen_key))([:=]| = ).*$/gm, '$1$2'),
};

export function redactDump(dump: NodeNetworkStackDump): NodeNetworkStackDump {
  const { schema, nodeName, collectedAt, kernel, pods, outside, notDumped } = dump;
  return {
    schema,
    nodeName,
    collectedAt,
    kernel,
    pods,
    netns: dump.netns.map(redactNetns),
    ...(outside !== undefined && { outside }),
    ...(notDumped !== undefined && { notDumped }),
  };
}

function redactNetns(netns: NetNSInfo): NetNSInfo {
  const sections: Partial<Record<SectionName, Section>> = { ...netns.sections };
  for (const [name, redact] of Object.entries(REDACTIONS)) {
    const section = sections[name as SectionName];
    if (section !== undefined) sections[name as SectionName] = { ...section, stdout: redact(section.stdout) };
  }
  return { ...netns, sections };
}

/** Who holds a program: `"pids":[{"pid":1,"comm":"systemd"}]`. */
function hideProcesses(text: string): string {
  return text.replaceAll(/,?"pids":\[[^\]]*\]/g, '').replaceAll(/"(?:comm|pid)":(?:"[^"]*"|\d+),?/g, '');
}

/** `wg show all dump`: an interface's line has five fields, its private key the second; a peer's nine, its shared key the third. */
function hideKeys(text: string): string {
  return text
    .split('\n')
    .map((line) => {
      const fields = line.split('\t');
      const key = fields.length === 5 ? 1 : fields.length === 9 ? 2 : undefined;
      return key === undefined ? line : fields.with(key, '(hidden)').join('\t');
    })
    .join('\n');
}
