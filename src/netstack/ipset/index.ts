/** ipset: parse, print, test. */
export { parseIpsetSave, printIpsetSave } from './parse-save.ts';
export { IpsetSyntaxError } from './syntax-error.ts';
export { testSet } from './test-set.ts';
export type { IpSet, IpSets, IpsetElement, IpsetLine } from './types.ts';
