/** Tracking: the journal, and MLflow. */

export { createClient } from './mlflow/client.ts';
export * from './mlflow/index.ts';
export { connectionFault, isPassing, MlflowUnreachable, refusalOf } from './mlflow/refusal.ts';
export { localSettings, type MlflowSettings } from './mlflow/settings.ts';
