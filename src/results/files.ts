/** The names of the files of a run. */
export const SPEC_FILE = 'spec.json';
export const EVALUATION_FILE = 'evaluation.json';
export const CURVES_FILE = 'curves.csv';
export const BASELINES_FILE = 'baselines.csv';
export const PREDICTIONS_FILE = 'predictions.csv';
/** The same of validation sessions. */
export const VALIDATION_FILE = 'validation.csv';
export const WEIGHTS_FILE = 'weights.safetensors';
/** Where the spec has published figures: these beside ours. */
export const PUBLISHED_FILE = 'published.json';
