import { defineConfig } from 'tsdown';

/** The program as one CommonJS file for `npm run binary`: there are no files beside it, so everything is inside. */
export default defineConfig({
  entry: { main: 'src/cmd/main.ts' },
  format: 'cjs',
  platform: 'node',
  target: 'node20.19',
  outExtensions: () => ({ js: '.cjs' }),
  clean: false,
  dts: false,
  minify: true,
  // ws would try to load these at run time, and Node warns about any such attempt of a program that is one file.
  define: { 'process.env.WS_NO_BUFFER_UTIL': '"1"', 'process.env.WS_NO_UTF_8_VALIDATE': '"1"' },
  deps: { alwaysBundle: [/./], onlyBundle: false },
  plugins: [
    {
      name: 'collect.sh-is-an-asset',
      load: (id) =>
        id.endsWith('/src/collector/script.ts')
          ? `import { getAsset } from 'node:sea';\nexport const collectorScript = () => getAsset('collect.sh', 'utf8');\n`
          : undefined,
    },
  ],
  inputOptions: { checks: { ineffectiveDynamicImport: false, pluginTimings: false } },
  outputOptions: { codeSplitting: false },
});
