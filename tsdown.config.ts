import { defineConfig } from 'tsdown';
import type { UserConfig } from 'tsdown';
import { ascii } from './scripts/ascii.ts';
import { graph, importedBy } from './scripts/chunks.ts';
import { licenses } from './scripts/licenses.ts';
import { withoutChildProcess } from './scripts/without-child-process.ts';

/**
 * Two entries that share their chunks; what is not needed for every run is a chunk of its own, loaded when it is.
 * Small packages are built in, as finding and reading them costs more than running them. elkjs stays a package.
 */
const program: UserConfig = {
  entry: { skoop: 'src/cmd/main.ts', index: 'src/index.ts' },
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  outDir: 'dist',
  outExtensions: () => ({ js: '.js', dts: '.d.ts' }),
  clean: true,
  dts: false,
  minify: true,
  deps: { neverBundle: [/^elkjs/], alwaysBundle: [/./], onlyBundle: false },
  copy: ['src/collector/collect.sh'],
  plugins: [graph(), licenses(), withoutChildProcess(), ascii()],
  // The API's index names statically what the command line loads when it needs it: both are meant.
  inputOptions: { checks: { ineffectiveDynamicImport: false, pluginTimings: false } },
  outputOptions: {
    codeSplitting: {
      // Each takes what the ones before it left.
      groups: [
        // Not main.ts itself, which runs the command line when it is loaded: the API shares chunks with it.
        {
          name: 'start',
          priority: 2,
          test: importedBy(
            ['argv', 'failure', 'process-terminal', 'program', 'wiring'].map((name) => `src/cmd/${name}.ts`),
          ),
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

export default defineConfig([program, types]);
