/** Tracking: the journal, and MLflow. */

export { createClient } from './mlflow/client.ts';
export * from './mlflow/index.ts';
export { createTransport } from './mlflow/transport.ts';
