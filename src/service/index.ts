/** service.Processor: whether the nodes really translate a Service to the backends that it should have. */
export { expectedBackends } from './expected-backends.ts';
export type { Expectation } from './expected-backends.ts';
export { findService } from './find-service.ts';
export { expectationFor, serviceProcessorOf } from './processor.ts';
export type { ServiceCheck } from './processor.ts';
export type { TrafficSource } from './traffic.ts';
