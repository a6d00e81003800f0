/** The few parameters that runs are compared by; the whole spec is an artifact. */
import { onOneLine } from '../../text/index.ts';
import type { Pair } from './client.ts';

type Spec = Readonly<Record<string, unknown>>;

/** Places in a spec. MLflow's tables and charts become slow and useless with hundreds of columns. */
const PLACES = [
  'sessions.maxPackets',
  'tokens.bytes',
  'tokens.from',
  'tokens.hide',
  'tokens.derived',
  'anomalies.kinds',
  'anomalies.repair',
  'anomalies.invisible',
  'task',
  'network.cell',
  'network.packet.units',
  'network.packet.layers',
  'network.packet.attention',
  'network.session.units',
  'network.session.layers',
  'network.session.attention',
  'network.head',
  'network.decoder.units',
  'network.decoder.weight',
  'network.decoder.latent.units',
  'training.epochs',
  'training.batch',
  'training.optimizer.kind',
  'training.optimizer.learningRate',
  'training.schedule.kind',
  'training.tokenDropout',
] as const;

/** Characters; what is longer ends with … */
const LONGEST = 120;

/** Parameters of a cell: the same for all its seeds. */
export function specParams(spec: Spec): readonly Pair[] {
  const pairs: Pair[] = [['dataset', datasetText(spec.dataset)]];
  for (const place of PLACES) {
    const value = at(spec, place);
    if (value !== undefined) pairs.push([place, cut(valueText(value))]);
  }
  return pairs;
}

function at(spec: Spec, place: string): unknown {
  let value: unknown = spec;
  for (const key of place.split('.'))
    value = typeof value === 'object' && value !== null ? (value as Spec)[key] : undefined;
  return value;
}

function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(String).join(', ');
  if (typeof value !== 'object' || value === null) return value === null ? 'none' : String(value);
  const entries = Object.entries(value as Spec);
  const equal = entries.every(([, weight]) => weight === 1);
  return entries.map(([name, weight]) => (equal ? name : `${name}: ${String(weight)}`)).join(', ');
}

/** Of the self-contained form: a recipe, or captures by their paths. */
function datasetText(dataset: unknown): string {
  if (typeof dataset === 'string') return cut(dataset);
  const { synthetic, captures } = (dataset ?? {}) as { synthetic?: Spec; captures?: unknown };
  if (synthetic !== undefined) return `synthetic, seed ${String(synthetic.seed)}`;
  const paths = Array.isArray(captures) ? captures.map(String) : [];
  return cut(paths.map((path) => path.split(/[\\/]/).at(-1) ?? path).join(', '));
}

/** Short, and with nothing in it that has an effect where it is stored or shown. */
function cut(given: string): string {
  const text = onOneLine(given);
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}
