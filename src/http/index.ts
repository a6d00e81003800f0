/** HTTP: one client for data sets and MLflow, what goes wrong with it, and when to try again. */
export { type Answer, createHttpClient, type HttpClient, type HttpOptions } from './client.ts';
export { type FailureKind, RequestError } from './failure.ts';

export { isPassing, pauseAfter, retryAfter, wait } from './retry.ts';
