import { defineConfig } from 'tsdown';
import type { UserConfig } from 'tsdown';
import { ascii } from './scripts/ascii.ts';
import { graph, importedBy } from './scripts/chunks.ts';
import { licenses } from './scripts/licenses.ts';
import { withoutChildProcess } from './scripts/without-child-process.ts';

const common = {
  platform: 'node',
  target: 'node20.19',
  outDir: 'dist',
  dts: false,
  minify: true,
  deps: { neverBundle: [/^elkjs/], alwaysBundle: [/./], onlyBundle: false },
  inputOptions: { checks: { ineffectiveDynamicImport: false, pluginTimings: false } },
} satisfies UserConfig;

/**
 * The command line. What is not needed for every run is a chunk of its own, loaded when it is; small packages are built
 * in, as finding and reading them costs more than running them. CommonJS, which Node starts several milliseconds sooner.
 */
const program: UserConfig = {
  ...common,
  entry: { skoop: 'src/cmd/main.ts' },
  format: 'cjs',
  outExtensions: () => ({ js: '.cjs' }),
  clean: true,
  plugins: [graph(), licenses(), withoutChildProcess(), ascii()],
  copy: ['src/collector/collect.sh'],
  outputOptions: {
    codeSplitting: {
      // Each takes what the ones before it left.
      groups: [
        {
          name: 'start',
          priority: 2,
          test: importedBy(['src/cmd/run.ts']),
        },
        {
          name: 'diagnose',
          priority: 1,
          test: importedBy([
            'src/cmd/diagnose.ts',
            'src/bundle/open.ts',
            'src/collector/collector-manager.ts',
            'src/provider/index.ts',
            'src/ui/text/index.ts',
          ]),
        },
      ],
    },
  },
};

/** The API. */
const api: UserConfig = {
  ...common,
  entry: { index: 'src/index.ts' },
  format: 'esm',
  outExtensions: () => ({ js: '.js' }),
  clean: false,
  // what is built in here is built into the program too, which names the licences
  plugins: [ascii()],
};

/** The types of the API; those of typebox stay in its package, which is a dependency for that reason. */
const types: UserConfig = {
  entry: { index: 'src/index.ts' },
  format: 'esm',
  platform: 'node',
  outDir: 'dist',
  outExtensions: () => ({ dts: '.d.ts' }),
  clean: false,
  dts: { emitDtsOnly: true },
  deps: { neverBundle: [/^typebox/] },
  inputOptions: { checks: { pluginTimings: false } },
};

export default defineConfig([program, api, types]);
