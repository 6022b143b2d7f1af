/** The matrix: everything that can be asked of a running cluster, of its kernel and of skoop. */
export { runMatrix, type MatrixResult } from './matrix.ts';
export { matrixSummary } from './summary.ts';
