/** Services: programs beside ours that are installed and started when they are needed. */
export { answers, freePort, type MlflowServer, type ServerOptions, startMlflow } from './mlflow-server.ts';
export { type Ran, runProgram, tailOf } from './program.ts';
export {
  environmentIn,
  MLFLOW,
  type PythonEnvironment,
  pythonEnvironment,
} from './python.ts';
