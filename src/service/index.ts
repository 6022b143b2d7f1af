/** service.Processor: whether the nodes really translate a Service to the backends that it should have. */
export { expectedBackends } from './expected-backends.ts';
export type { ExpectationInput, Expectation, ExpectedBackend } from './expected-backends.ts';
export { findService } from './find-service.ts';
export type { FrontKind } from './front.ts';
export { expectationFor, serviceProcessorOf } from './processor.ts';
export type { ServiceCheck, ServiceProcessor } from './processor.ts';
export type { ServiceEndpoint } from './service-endpoints.ts';
export type { ServiceTraffic, TrafficSource, TranslatingNode } from './traffic.ts';
