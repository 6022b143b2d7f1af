/** Policy routing, source selection and source validation of one namespace. */
export { createRouter } from './router.ts';
export type { OutputRoute, Router } from './router.ts';
export type { SourceCheck, SourceQuery } from './check-source.ts';
export type { SourceAddress } from './source.ts';
export type { RouterState } from './state.ts';
export type { FlowKey, RouteAnswer } from './types.ts';
