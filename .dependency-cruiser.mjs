/** The layers of docs/ARCHITECTURE.md: who may import whom, and who may do I/O. */

/** From the ground up; a layer may import the ones before it. Those in one row do not import each other. */
const LAYERS = [
  ['model'],
  ['netstack'],
  ['k8s'],
  ['assertions'],
  ['service', 'plugin', 'infra'],
  ['nodemanager'],
  ['diagnostor'],
  ['network'],
  ['provider'],
  ['ui', 'cmd'],
];

const folder = (names) => `^src/(${names.join('|')})/`;
const layersFrom = (index) => LAYERS.slice(index).flat();

const upward = LAYERS.slice(0, -1).map((names, index) => ({
  name: `${names.join('-')}-imports-nothing-above`,
  comment: 'Dependencies point one way: towards the model.',
  severity: 'error',
  from: { path: folder(names) },
  to: { path: folder(layersFrom(index + 1)) },
}));

const sideways = LAYERS.filter((names) => names.length > 1 && !names.includes('cmd')).flatMap((names) =>
  names.map((name) => ({
    name: `${name}-imports-no-neighbour`,
    comment: 'Components of one layer do not know each other.',
    severity: 'error',
    from: { path: folder([name]) },
    to: { path: folder(names.filter((other) => other !== name)) },
  })),
);

/** Folders and files that may import Node's own modules; all else is pure and runs in a browser. */
const MAY_DO_IO = '^(src/(collector|bundle|infra|cmd)/|src/k8s/client/|src/ui/http/|scripts/|lab/|test/|[^/]+$)';

export default {
  forbidden: [
    ...upward,
    ...sideways,
    {
      name: 'ui-does-not-know-cmd',
      severity: 'error',
      from: { path: folder(['ui']) },
      to: { path: folder(['cmd']) },
    },
    {
      name: 'context-knows-the-model-only',
      severity: 'error',
      from: { path: folder(['context']) },
      to: { path: '^src/', pathNot: folder(['context', 'model']) },
    },
    {
      name: 'collector-and-bundle-stand-on-model-and-k8s',
      comment: 'They bring data in; they do not judge it.',
      severity: 'error',
      from: { path: folder(['collector', 'bundle']) },
      to: { path: folder(layersFrom(3)) },
    },
    {
      name: 'pure-parts-do-no-io',
      comment:
        'Everything up to the diagnostor also runs in a browser; files, processes and sockets come in as parameters.',
      severity: 'error',
      from: { pathNot: MAY_DO_IO },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'pure-parts-take-no-bundle',
      comment: 'A diagnosis gets its data through CollectorManager, whatever brings it.',
      severity: 'error',
      from: { path: folder(layersFrom(0).filter((name) => name !== 'cmd' && name !== 'ui')) },
      to: { path: folder(['bundle']), dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'product-does-not-import-tests',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|lab|scripts)/' },
    },
    {
      name: 'product-imports-listed-packages',
      comment:
        'Packages other than elkjs are built into dist/, so they are development dependencies; unlisted ones are a mistake.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-circles',
      comment: 'But a packet goes round: what is received is forwarded, sent, encapsulated and received again.',
      severity: 'error',
      from: { pathNot: '^(node_modules|src/netstack/(walk|bridge|tunnel|neighbour|stacked))/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'no-missing-files', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
};
