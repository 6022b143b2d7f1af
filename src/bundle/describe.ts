/** What `skoop bundle show` prints. */
import { printable } from '../collector/input-error.ts';
import type { Bundle } from './open.ts';
import { surveyBundle } from './survey.ts';
import type { BundleSurvey, DumpSurvey, NamespaceSurvey, NodeSurvey } from './survey.ts';

/** Lines of text that end in a newline. Damage of one member is named, the others are shown. */
export function describeBundle(bundle: Bundle): string {
  const survey = surveyBundle(bundle);
  return `${[...head(survey), '', ...kinds(survey), ...survey.nodes.flatMap((node) => ['', ...describeNode(node)]), ...absentNodes(survey)].join('\n')}\n`;
}

function head({ file, bytes, manifest }: BundleSurvey): readonly string[] {
  const length = bytes === undefined ? '' : `, ${size(bytes)}`;
  return [
    `${printable(file)}: bundle of version ${manifest.schema}${length}${manifest.isRedacted ? ', redacted' : ''}`,
    `made ${printable(manifest.createdAt)} by ${printable(manifest.createdBy)}`,
  ];
}

function kinds({ kinds: all }: BundleSurvey): readonly string[] {
  if (all.length === 0) return ['objects: none'];
  const counted = all.map(({ kind, count, damage }) =>
    damage === undefined ? `${count} ${kind}` : `${kind} can not be read`,
  );
  return [
    `objects: ${counted.join(', ')}`,
    ...all.flatMap(({ damage }) => (damage === undefined ? [] : [`  ! ${damage.message}`])),
  ];
}

function describeNode({ name, packedBytes, state }: NodeSurvey): readonly string[] {
  if (state.kind === 'damaged') return [`node ${printable(name)}: ${size(packedBytes)}`, `  ! ${state.error.message}`];
  const { dump } = state;
  const others = dump.namespaces.filter(({ isHost }) => !isHost).length;
  return [
    `node ${printable(name)}: kernel ${printable(dump.kernel)}, collected ${printable(dump.collectedAt)}, ${size(dump.bytes)} (${size(packedBytes)} packed)`,
    `  namespaces: the host's ${dump.namespaces.some(({ isHost }) => isHost) ? 'and' : 'is missing,'} ${others} more` +
      (dump.notDumped === 0
        ? ''
        : `; ${dump.notDumped === 1 ? '1 other was' : `${dump.notDumped} others were`} not dumped`),
    ...dump.namespaces.map(describeNamespace),
    ...failures(dump),
    ...strays(dump),
  ];
}

function describeNamespace({ inode, isHost, names, pods, sections, bytes, failed, sandbox }: NamespaceSurvey): string {
  const who = isHost ? ['host', ...pods] : pods.length > 0 ? pods : ['no pod'];
  const also = names.length === 0 ? '' : ` (${names.map((name) => printable(name, 60)).join(', ')})`;
  const bad = failed.length === 0 ? '' : `, ${failed.length} failed`;
  const own = sandbox === undefined ? '' : `, a kernel of its own inside (${printable(sandbox, 40)})`;
  return `  ${inode}  ${who.map((name) => printable(name, 120)).join(', ')}${also}: ${sections} ${sections === 1 ? 'section' : 'sections'}${bad}, ${size(bytes)}${own}`;
}

/** The same failure in a hundred namespaces is one line. */
function failures({ namespaces }: DumpSurvey): readonly string[] {
  const grouped = new Map<string, number>();
  for (const { failed } of namespaces) {
    for (const { section, exitCode, why } of failed) {
      const text = `${section}: ${exitCode === 127 ? 'tool missing' : exitCode === 124 ? 'time limit' : `exit code ${exitCode}`}${why === '' ? '' : ` (${printable(why, 120)})`}`;
      grouped.set(text, (grouped.get(text) ?? 0) + 1);
    }
  }
  return [...grouped].map(([text, count]) => `  ! ${text}${count === 1 ? '' : `, in ${count} namespaces`}`);
}

function strays({ namespaces, podsWithoutNamespace, isUnknown }: DumpSurvey): readonly string[] {
  const homeless = podsWithoutNamespace.map((pod) => `  ! pod ${printable(pod)} matches no namespace of this node`);
  const unknown = namespaces.filter(({ isHost, pods }) => !isHost && pods.length === 0);
  return [
    ...(isUnknown ? ['  ! no Node object of this name is in the bundle'] : []),
    ...homeless,
    ...unknown.map(
      ({ inode, names }) =>
        `  ! namespace ${inode}${names.length === 0 ? '' : ` (${names.map((name) => printable(name, 60)).join(', ')})`} matches no pod`,
    ),
  ];
}

function absentNodes({ nodesWithoutDump }: BundleSurvey): readonly string[] {
  return nodesWithoutDump.length === 0
    ? []
    : ['', `nodes without a dump: ${nodesWithoutDump.map((name) => printable(name)).join(', ')}`];
}

function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 * 1024 ? `${Math.round(bytes / 1024)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
