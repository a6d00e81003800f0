/**
 * What trials of the audit are made of: a small synthetic office, divided and presented as a run does it, and a network that
 * is not trained but calls so many sessions right. Whatever does not need a network is as in a run.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { collectContacts } from '../../src/anomaly/index.ts';
import { type Audit, type AuditInput, makeAudit } from '../../src/audit/index.ts';
import { createRuleVerdicts } from '../../src/baseline/index.ts';
import { rules } from '../../src/baseline/rules.ts';
import { type DataCache, originsOf, type Prepared, prepare } from '../../src/data/index.ts';
import { evaluate } from '../../src/evaluation/index.ts';
import { uninterrupted } from '../../src/fault/index.ts';
import { stream } from '../../src/random/index.ts';
import { eachOf, makePlan } from '../../src/run/plan.ts';
import type { SessionTable } from '../../src/session/index.ts';
import { loadSpec } from '../../src/spec/index.ts';
import { createPresenter, presentAll, rowsOf } from '../../src/training/index.ts';

/** Everything of a trial that may be another. */
export interface Material {
  /** Changes of the spec, as `--set` has them. */
  readonly set?: readonly string[];
  /** Of what was prepared, before anything is presented. */
  readonly data?: (prepared: Prepared, seed: number) => Prepared;
  /** Of what is audited. */
  readonly input?: (input: AuditInput, seed: number) => AuditInput;
  /** How many of the anomalous sessions the network calls so, and of the normal ones. */
  readonly network?: { readonly recall: number; readonly falsePositiveRate: number };
}

/** Better than what any trace finds. */
const GOOD = { recall: 0.99, falsePositiveRate: 0.005 };

export interface Workshop {
  audit(material: Material, seed: number): Promise<Audit>;
  remove(): void;
}

/** Captures are made once for each seed, in a folder that `remove` removes. */
export function openWorkshop(): Workshop {
  const results = mkdtempSync(join(tmpdir(), 'sessionlab-audit-'));
  const cache: DataCache = new Map();
  return {
    audit: (material, seed) => auditOf(material, seed, results, cache),
    remove: () => rmSync(results, { recursive: true, force: true }),
  };
}

const BASE = [
  'anomalies.repair=["checksum","mac","ttl","vlan","tcp-options"]',
  'anomalies.contacts=pair-and-port',
  'anomalies.addresses=popularity',
  'sessions.maxPackets=6',
];

async function auditOf(
  { set = [], data, input, network = GOOD }: Material,
  seed: number,
  results: string,
  cache: DataCache,
): Promise<Audit> {
  const dataset = { synthetic: { seed, sessions: 1500, workstations: 30, duration: 3600 } };
  const resolved = await loadSpec('experiments/quickstart.json', {
    set: [`dataset=${JSON.stringify(dataset)}`, ...BASE, ...set],
  });
  const read = await prepare(
    resolved,
    { results, interruption: uninterrupted, observe: () => undefined, keep: true },
    cache,
  );
  const prepared = data?.(read, seed) ?? read;
  const { sessions, split, contacts, watched, parts, defects } = prepared;
  const plan = makePlan(prepared);
  const presenter = createPresenter(plan.presentTest);
  const each = eachOf(resolved.spec.evaluation.draws);
  const most = rowsOf(split.test.length, { presenter, each });
  const verdicts = createRuleVerdicts(sessions, split.train, contacts.trained, most);
  const presented = await presentAll({
    presenter,
    sessions: split.test,
    seed,
    each,
    onSession: verdicts.note,
  });
  const { clusterings } = originsOf(sessions, presented.sessions, contacts.trained);
  const { kinds, labels, classes } = presented;
  const drawn = stream(seed, 'network of a trial');
  const predictions = kinds.map((kind, i) => {
    const called = drawn.uniform() < (kind === 0 ? network.falsePositiveRate : network.recall);
    return called ? Math.max(1, labels[i]!) : 0;
  });
  const C = classes.length;
  const probabilities = new Float32Array(C * kinds.length).fill(0.1 / (C - 1));
  for (const [i, one] of predictions.entries()) probabilities[i * C + one] = 0.9;
  const R = rules.length;
  const made: AuditInput = {
    spec: resolved.spec,
    sessions,
    ...{ train: split.train, validation: split.validation, watched: watched.test, contacts },
    present: plan.presentTest,
    presented,
    predictions,
    evaluation: evaluate({ labels, probabilities, classes, clusterings }),
    clusterings,
    baselines: rules.map(({ name, says }, r) => {
      const called = kinds.map((_, i) => verdicts.broken[i * R + r]!);
      return { name, says, ranks: false, scores: Float32Array.from(called), called };
    }),
    presentations: [],
    otherNetwork: parts.length > 1,
    synthetic: true,
    defects,
    pause: () => Promise.resolve(),
  };
  return makeAudit(input?.(made, seed) ?? made);
}

/** Other sessions, or other sides, with contacts of whoever trains. */
export function withSides(
  prepared: Prepared,
  {
    sessions = prepared.sessions,
    ...sides
  }: { sessions?: SessionTable; train: Uint32Array; test: Uint32Array },
): Prepared {
  const train = sides.train.slice().sort();
  const contacts = collectContacts(sessions, train);
  return {
    ...prepared,
    sessions,
    split: { validation: new Uint32Array(), train, test: sides.test.slice().sort() },
    watched: { validation: train, test: train },
    contacts: { trained: contacts, training: contacts, validation: contacts, test: contacts },
  };
}
