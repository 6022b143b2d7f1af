/** Pictures of a result, for people and for programs. */
export { toD2 } from './d2/index.ts';
export { explain } from './explain/index.ts';
export { toJson } from './json/index.ts';
export type { DiagnoseResult } from './json-schema.ts';
export { toSvg } from './svg/index.ts';
export { renderText } from './text/index.ts';
export type { TextOptions } from './text/index.ts';
