/** The matrix: everything that can be asked of a running cluster, of its kernel and of skoop. */
export { objectsOf } from './collect.ts';
export { askBundle, askLive, type Answer } from './command-line.ts';
export { observe, runMatrix, type MatrixResult } from './matrix.ts';
export { typed } from './objects.ts';
export { questions, sample } from './questions.ts';
export { matrixSummary } from './summary.ts';
