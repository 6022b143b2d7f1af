/** What is inside a bundle, as a value: every member is read. */
import { statSync } from 'node:fs';
import { InputError } from '../collector/input-error.ts';
import { matchPods } from '../collector/match-pods.ts';
import type { PodObject } from '../collector/match-pods.ts';
import type { NetNSInfo, NodeNetworkStackDump, SectionName } from '../model/dump.ts';
import type { Bundle } from './open.ts';
import { isRecord } from './manifest.ts';
import type { Manifest } from './manifest.ts';

export interface BundleSurvey {
  readonly file: string;
  /** Of the file; undefined where the bundle did not come from one. */
  readonly bytes?: number;
  readonly manifest: Manifest;
  readonly kinds: readonly KindSurvey[];
  readonly nodes: readonly NodeSurvey[];
  /** Node objects whose dump is not in the bundle. */
  readonly nodesWithoutDump: readonly string[];
}

export interface KindSurvey {
  readonly kind: string;
  readonly count: number;
  readonly packedBytes: number;
  /** Set where the member can't be read. */
  readonly damage?: InputError;
}

export interface NodeSurvey {
  readonly name: string;
  readonly packedBytes: number;
  /** A dump, or why it can't be read. */
  readonly state:
    | { readonly kind: 'read'; readonly dump: DumpSurvey }
    | { readonly kind: 'damaged'; readonly error: InputError };
}

export interface DumpSurvey {
  readonly bytes: number;
  readonly collectedAt: string;
  readonly kernel: string;
  readonly namespaces: readonly NamespaceSurvey[];
  /** Pods of this node in the objects that no dumped namespace belongs to. */
  readonly podsWithoutNamespace: readonly string[];
  readonly notDumped: number;
  /** The node has no Node object in the bundle. */
  readonly isUnknown: boolean;
}

export interface NamespaceSurvey {
  readonly inode: number;
  readonly isHost: boolean;
  readonly names: readonly string[];
  readonly pods: readonly string[];
  readonly sections: number;
  readonly bytes: number;
  readonly failed: readonly FailedSection[];
  readonly sandbox?: string;
}

export interface FailedSection {
  readonly section: SectionName;
  readonly exitCode: number;
  /** First line of standard error. */
  readonly why: string;
}

/** Reads everything; damage of one member is part of the answer. */
export function surveyBundle(bundle: Bundle): BundleSurvey {
  const { manifest, file } = bundle;
  const kinds = Object.entries(manifest.objects).map(([kind, { member }]) => surveyKind(bundle, kind, member));
  const damaged = new Set(kinds.filter((kind) => kind.damage !== undefined).map(({ kind }) => kind));
  const objects = (kind: string): readonly unknown[] => (damaged.has(kind) ? [] : (bundle.objects[kind] ?? []));
  const nodeNames = new Set(objects('Node').map(nameOf));
  const dumped = new Set(bundle.nodes);
  const pods = objects('Pod') as readonly PodObject[];
  const bytes = statSync(file, { throwIfNoEntry: false })?.size;
  return {
    file,
    ...(bytes !== undefined && { bytes }),
    manifest,
    kinds,
    nodes: manifest.nodes.map((entry) => {
      const packedBytes = bundle.packedSize(entry.member);
      const dump = attempt(() => bundle.dump(entry.name));
      if (dump instanceof InputError) return { name: entry.name, packedBytes, state: { kind: 'damaged', error: dump } };
      return {
        name: entry.name,
        packedBytes,
        state: {
          kind: 'read',
          dump: surveyDump(dump!, { bytes: entry.bytes, pods, isUnknown: !nodeNames.has(entry.name) }),
        },
      };
    }),
    nodesWithoutDump: [...nodeNames].filter((name) => !dumped.has(name)),
  };
}

function surveyKind(bundle: Bundle, kind: string, member: string): KindSurvey {
  const read = attempt(() => bundle.objects[kind] ?? []);
  const packedBytes = bundle.packedSize(member);
  if (read instanceof InputError) return { kind, count: 0, packedBytes, damage: read };
  return { kind, count: read.length, packedBytes };
}

interface Known {
  readonly bytes: number;
  readonly pods: readonly PodObject[];
  readonly isUnknown: boolean;
}

function surveyDump(dump: NodeNetworkStackDump, { bytes, pods, isUnknown }: Known): DumpSurvey {
  const { matched, podsWithoutNamespace } = matchPods(dump, pods);
  const podsOf = new Map<number, string[]>();
  for (const { pod, netnsInode } of matched) {
    const pods = podsOf.get(netnsInode);
    if (pods === undefined) podsOf.set(netnsInode, [pod]);
    else pods.push(pod);
  }
  return {
    bytes,
    collectedAt: dump.collectedAt,
    kernel: dump.kernel,
    namespaces: dump.netns.map((netns) => surveyNamespace(netns, podsOf.get(netns.inode) ?? [])),
    podsWithoutNamespace,
    notDumped: dump.notDumped?.length ?? 0,
    isUnknown,
  };
}

function surveyNamespace(netns: NetNSInfo, pods: readonly string[]): NamespaceSurvey {
  const sections = Object.entries(netns.sections);
  return {
    inode: netns.inode,
    isHost: netns.isHost,
    names: netns.names,
    pods,
    sections: sections.length,
    bytes: sections.reduce((sum, [, { stdout }]) => sum + stdout.length, 0),
    failed: sections
      .filter(([, { exitCode }]) => exitCode !== 0)
      .map(([section, { exitCode, stderr }]) => ({
        section: section as SectionName,
        exitCode,
        why: stderr.split('\n', 1)[0] ?? '',
      })),
    ...(netns.sandbox !== undefined && { sandbox: netns.sandbox }),
  };
}

function attempt<T>(read: () => T): T | InputError {
  try {
    return read();
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
}

function nameOf(object: unknown): string {
  const name = isRecord(object) && isRecord(object['metadata']) ? object['metadata']['name'] : undefined;
  return typeof name === 'string' ? name : '';
}
