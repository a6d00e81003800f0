/** HTTP: one client for data sets and MLflow. */
export { withoutPassword } from './proxy.ts';
export { type Answer, asRequestError, get, type RequestContext, RequestError } from './request.ts';
export { createTransport, type Transport, type Upload, wait } from './transport.ts';
