/**
 * skoop as a library: open a bundle, make the Network, ask it.
 *
 * ```ts
 * import { Context, bundleCollector, openBundle, openNetwork, renderText } from 'skoop';
 *
 * const bundle = openBundle('incident.skoop');
 * const network = await openNetwork({ objects: bundle.objects, collector: bundleCollector(bundle) }, new Context());
 * const path = await network.diagnose({ src: 'web/client', dst: 'api', port: 80 });
 * console.log(path.verdict, path.summary);
 * ```
 *
 * @module
 */
export { createBundle, openBundle } from './bundle/index.ts';
export type { Bundle, CreateOptions, InputFile, Manifest, NewBundle } from './bundle/index.ts';
export { InputError, bundleCollector, collectorScript, dumpsCollector, readDump } from './collector/index.ts';
export type { CollectorManager } from './collector/index.ts';
export { Context } from './context/index.ts';
export { AskError } from './k8s/index.ts';
export type * from './model/index.ts';
export type { Network } from './network/index.ts';
export { openNetwork } from './provider/index.ts';
export { explain, renderText, toD2, toJson, toSvg } from './ui/index.ts';
export type { DiagnoseResult, TextOptions } from './ui/index.ts';
