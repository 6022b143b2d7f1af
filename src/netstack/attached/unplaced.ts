/** Programs for packets that are loaded while the tool is too old to say where: bpftool before 7.3 knows neither tcx nor netkit. */
import type { Evidence } from '../../model/evidence.ts';
import type { NetNS } from '../netns.ts';
import { perNamespace } from '../per-namespace.ts';
import { ownerOf } from './data-planes.ts';
import { readList, word } from './json-list.ts';

/** A program that may be on this device; the loopback device is left out, where nobody puts one for tcx. */
export function unplacedProgram(ns: NetNS, dev: string): Evidence | undefined {
  if (dev === 'lo') return undefined;
  const program = unplaced(ns);
  return program && { ...program, where: `${program.where ?? ''} on ${dev} of ${ns.key}` };
}

/** What is on the machine is in the host's section, where things are attached in that of each namespace. */
const unplaced = perNamespace((ns): Evidence | undefined => {
  const section = ns.nodeSection('bpf-prog');
  if (section?.exitCode !== 0 || !knowsTcx(ns.kernel)) return undefined;
  const programs = readList(section.stdout).filter((each) => word(each, 'type') === 'sched_cls');
  const lone = programs.find(
    (each) => !ns.nodeSections(['bpf-net', 'tc']).some((text) => names(text, word(each, 'id'))),
  );
  if (lone === undefined) return undefined;
  return {
    kind: 'section',
    raw: JSON.stringify(lone),
    where: `BPF program ${word(lone, 'name') || word(lone, 'id')}${ownerOf(word(lone, 'name'))}, loaded on the node, perhaps (bpftool is too old to say)`,
  };
});

/** All programs at devices of the namespace were listed. */
export function listsPrograms(ns: NetNS): boolean {
  const section = ns.section('bpf-net');
  return section?.exitCode === 0 && (section.stdout.includes('"netfilter"') || !knowsTcx(ns.kernel));
}

/** The tool lists what it knows, and nothing else tells of the rest. */
export function isBlindToTcx(ns: NetNS): boolean {
  const section = ns.section('bpf-net');
  return section?.exitCode === 0 && !listsPrograms(ns) && ns.nodeSection('bpf-prog')?.exitCode !== 0;
}

const names = (text: string, id: string): boolean => new RegExp(String.raw`"id":${id}\b`).test(text);

const TCX_SINCE = [6, 6] as const;

function knowsTcx(kernel = ''): boolean {
  const [major = 0, minor = 0] = kernel.split('.').map((part) => Number.parseInt(part, 10));
  return !(major < TCX_SINCE[0] || (major === TCX_SINCE[0] && minor < TCX_SINCE[1]));
}
